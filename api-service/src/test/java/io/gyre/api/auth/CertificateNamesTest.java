package io.gyre.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CertificateNamesTest {
  /** As in {@code 6=gyre:user/ann 2=host.example}. */
  private static Collection<List<?>> others(String text) {
    return Arrays.stream(text.split(" "))
        .filter(each -> !each.isEmpty())
        .<List<?>>map(each -> List.of(Integer.parseInt(each.substring(0, 1)), each.substring(2)))
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CN=ann,O=shop     | 6=gyre:user/bob               | cn                   | ann
          CN=ann,O=shop     | 6=gyre:user/bob               | uri cn               | bob
          CN=ann            | 6=gyre:user/bob               | cn uri               | ann
          CN=ann            | 6=spiffe://x/user/bob         | uri cn               | ann
          CN=ann            | 6=spiffe://x/user/bob         | uri                  | ''
          CN=ann            | 6=gyre:user/bob/x             | uri                  | ''
          CN=ann            | 6=xgyre:user/bob              | uri                  | ''
          CN=ann            | 1=gyre:user/bob               | uri                  | ''
          O=shop            | 6=gyre:user/a 6=gyre:user/b   | uri                  | a,b
          O=shop            | 6=gyre:user/a 6=gyre:user/a   | uri                  | a
          O=shop            | 1=bob@shop.example            | email:shop.example   | bob
          O=shop            | 1=bob@SHOP.example            | email:shop.example   | bob
          O=shop            | 1=bob@evil.shop.example       | email:shop.example   | ''
          O=shop            | 1=bob@evil.example            | email:shop.example   | ''
          O=shop            | 1=bob@x@shop.example          | email:shop.example   | ''
          O=shop            | 1=bob+x@shop.example          | email:shop.example   | ''
          O=shop            | 2=bob@shop.example            | email:shop.example   | ''
          O=shop            | 2=bob.users.example           | dns:users.example    | bob
          O=shop            | 2=Bob.Users.example           | dns:users.example    | bob
          O=shop            | 2=x.bob.users.example         | dns:users.example    | ''
          O=shop            | 2=*.users.example             | dns:users.example    | ''
          O=shop            | 2=users.example               | dns:users.example    | ''
          O=shop            | 2=b.u.example 1=a@u.example   | email:u.example dns:u.example | a
          O=ann             |                               | uri cn               | ''
          CN=x\\,CN\\=ann   |                               | cn                   | ''
          CN=ann x          |                               | cn                   | ''
          """)
  void theFirstPlaceThatHasANameCounts(String subject, String others, String places, String names) {
    assertThat(
            String.join(
                ",",
                CertificateNames.users(
                    subject, others(others == null ? "" : others), List.of(places.split(" ")))))
        .isEqualTo(names);
  }
}
