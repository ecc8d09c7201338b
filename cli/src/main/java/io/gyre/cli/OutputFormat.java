package io.gyre.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The value of {@code -o}. */
enum OutputFormat {
  TABLE,
  WIDE,
  JSON,
  YAML,
  NAME;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Tells the user the words in lower case, as they are written. */
  static final class Reader implements ITypeConverter<OutputFormat> {
    @Override
    public OutputFormat convert(String word) {
      for (OutputFormat format : values()) {
        if (format.toString().equals(word)) {
          return format;
        }
      }
      throw new TypeConversionException(
          "\"" + word + "\" is none of table, wide, json, yaml, name");
    }
  }
}
