package io.gyre.api.auth;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which user a certificate names. Pure. */
final class CertificateNames {
  /** As X.509 numbers what a subject is called besides. */
  private static final int EMAIL = 1;

  private static final int DNS = 2;
  private static final int URI = 6;

  private static final String NAME = "([A-Za-z0-9._-]+)";
  private static final Pattern COMMON_NAME =
      Pattern.compile("(?:^|(?<!\\\\)[,+])CN=" + NAME + "(?=[,+]|$)");
  private static final Pattern OWN_URI = Pattern.compile("gyre:user/" + NAME);
  private static final Pattern ADDRESS = Pattern.compile(NAME + "@(.+)");
  private static final Pattern LABEL = Pattern.compile("([a-z0-9-]+)\\.(.+)");

  private CertificateNames() {}

  /**
   * The names at the first place that has any; more than one name nobody. Only what may be the name
   * of a user is one.
   *
   * @param subject as RFC 2253 writes it
   * @param others a number that tells the kind, and a value, each
   * @param places where to look, as {@link io.gyre.component.ApiDoor.Tls#clientNames} has it
   */
  static List<String> users(String subject, Collection<List<?>> others, List<String> places) {
    for (String place : places) {
      List<String> found = at(place, subject, others);
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  private static List<String> at(String place, String subject, Collection<List<?>> others) {
    String domain = place.substring(place.indexOf(':') + 1);
    if (place.equals("cn")) {
      Matcher name = COMMON_NAME.matcher(subject);
      return name.find() ? List.of(name.group(1)) : List.of();
    }
    List<String> found = new ArrayList<>();
    for (List<?> other : others) {
      String value = String.valueOf(other.get(1));
      if (place.equals("uri") && other.get(0).equals(URI)) {
        add(OWN_URI.matcher(value), "", found);
      } else if (place.startsWith("email:") && other.get(0).equals(EMAIL)) {
        add(ADDRESS.matcher(value), domain, found);
      } else if (place.startsWith("dns:") && other.get(0).equals(DNS)) {
        add(LABEL.matcher(value.toLowerCase(Locale.ROOT)), domain, found);
      }
    }
    return found.stream().distinct().toList();
  }

  private static void add(Matcher value, String domain, List<String> found) {
    if (value.matches() && (domain.isEmpty() || value.group(2).equalsIgnoreCase(domain))) {
      found.add(value.group(1));
    }
  }
}
