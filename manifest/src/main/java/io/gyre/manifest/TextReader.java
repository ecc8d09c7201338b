package io.gyre.manifest;

import java.io.Reader;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Feeds the scanner from a text that is in memory already. The library's own reader copies all it
 * has read of a scalar for each further kilobyte, so that one long line takes quadratic time.
 */
final class TextReader extends StreamReader {
  private static final int[] NO_SNIPPET = {};
  private static final int END = 0;

  private final String text;
  private final int @Nullable [] codePoints;
  private final int length;
  private int index;
  private int documentIndex;
  private int line;
  private int column;

  TextReader(String text) {
    super(Reader.nullReader());
    this.text = text;
    this.length = text.codePointCount(0, text.length());
    this.codePoints = length == text.length() ? null : codePoints(text, length);
  }

  private static int[] codePoints(String text, int length) {
    int[] all = new int[length];
    for (int i = 0, at = 0; i < length; i++) {
      all[i] = text.codePointAt(at);
      at += Character.charCount(all[i]);
    }
    return all;
  }

  private int at(int position) {
    if (position >= length) {
      return END;
    }
    return codePoints == null ? text.charAt(position) : codePoints[position];
  }

  @Override
  public Mark getMark() {
    return new Mark("manifest", index, line, column, NO_SNIPPET, 0);
  }

  @Override
  public void forward() {
    forward(1);
  }

  @Override
  public void forward(int count) {
    for (int i = 0; i < count && index < length; i++) {
      int c = at(index);
      index++;
      documentIndex++;
      if (c == '\n'
          || c == '\u0085'
          || c == '\u2028'
          || c == '\u2029'
          || (c == '\r' && index < length && at(index) != '\n')) {
        line++;
        column = 0;
      } else if (c != '\uFEFF') {
        column++;
      }
    }
  }

  @Override
  public int peek() {
    return at(index);
  }

  @Override
  public int peek(int offset) {
    return at(index + offset);
  }

  @Override
  public String prefix(int count) {
    int end = Math.min(length, index + count);
    return codePoints == null
        ? text.substring(index, end)
        : new String(codePoints, index, end - index);
  }

  /** There are no line breaks in what is taken. */
  @Override
  public String prefixForward(int count) {
    String prefix = prefix(count);
    index += count;
    documentIndex += count;
    column += count;
    return prefix;
  }

  @Override
  public int getColumn() {
    return column;
  }

  @Override
  public int getDocumentIndex() {
    return documentIndex;
  }

  @Override
  public void resetDocumentIndex() {
    documentIndex = 0;
  }

  @Override
  public int getIndex() {
    return index;
  }

  @Override
  public int getLine() {
    return line;
  }
}
