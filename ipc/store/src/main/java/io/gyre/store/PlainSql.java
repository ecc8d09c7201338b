package io.gyre.store;

import org.jdbi.v3.core.statement.ParsedSql;
import org.jdbi.v3.core.statement.SqlParser;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Takes SQL as it is: every question mark is a parameter. All statements are ours and have none in
 * a literal; the default parser loads a lexer with its tables for that.
 */
final class PlainSql implements SqlParser {
  @Override
  public ParsedSql parse(String sql, StatementContext context) {
    ParsedSql.Builder parsed = ParsedSql.builder();
    int from = 0;
    for (int mark = sql.indexOf('?'); mark >= 0; mark = sql.indexOf('?', from)) {
      parsed.append(sql.substring(from, mark)).appendPositionalParameter();
      from = mark + 1;
    }
    return parsed.append(sql.substring(from)).build();
  }

  @Override
  public String nameParameter(String rawName, StatementContext context) {
    throw new UnsupportedOperationException("parameters are positional: " + rawName);
  }
}
