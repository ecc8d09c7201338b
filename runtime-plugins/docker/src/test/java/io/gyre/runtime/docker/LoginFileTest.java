package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.runtime.spi.RuntimeFailure;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LoginFileTest {
  @ParameterizedTest
  @CsvSource({
    "nginx, docker.io, library/nginx",
    "team/nginx:1, docker.io, team/nginx",
    "docker.io/nginx, docker.io, library/nginx",
    "index.docker.io/team/x@sha256:00, docker.io, team/x",
    "localhost/x:1, localhost, x",
    "host:5000/a/b:1@sha256:00, host:5000, a/b",
    "REG.example.com/a, reg.example.com, a",
    "[::1]:5000/a/b:1, [::1]:5000, a/b",
  })
  void tellsWhereAnImageComesFrom(String reference, String registry, String path) {
    assertThat(ImageName.of(reference)).isEqualTo(new ImageName(registry, path));
  }

  @ParameterizedTest
  @CsvSource({
    "https://index.docker.io/v1/, nginx, 0",
    "docker.io, nginx, 0",
    "registry-1.docker.io, team/x, 0",
    "docker.io/team, team/x, 4",
    "docker.io/team, teams/x, -1",
    "docker.io, example.com/x, -1",
    "example.com, example.com/x, 0",
    "https://example.com/v2/, example.com/x, 0",
    "EXAMPLE.com, example.com/x, 0",
    "example.com, example.com:5000/x, -1",
    "example.com:5000, example.com/x, -1",
    "example.com:5000, example.com:5000/x, 0",
    "example.com/a/b, example.com/a/b/c:1, 3",
    "example.com/a/b, example.com/a/bc, -1",
    "xexample.com, example.com/x, -1",
  })
  void aKeyCoversItsRegistryOrAPartOfIt(String key, String image, int expected) {
    assertThat(LoginFile.fit(key, ImageName.of(image))).isEqualTo(expected);
  }

  @Test
  void takesTheKeyThatFitsTheMost() throws Exception {
    LoginFile file =
        LoginFile.read(
            "it",
            """
            {"auths": {
              "example.com": {"auth": "%s"},
              "example.com/team": {"username": "team", "password": "p:2"},
              "example.com/team/empty": {},
              "other.com": {"identitytoken": "t1"},
              "third.com": {"registrytoken": "t2"}}}
            """
                .formatted(base64("all:p:1")));
    assertThat(find(file, "example.com/x")).isEqualTo("all/p:1//");
    assertThat(find(file, "example.com/team/x")).isEqualTo("team/p:2//");
    assertThat(find(file, "example.com/team/empty/x")).isEqualTo("team/p:2//");
    assertThat(find(file, "other.com/x")).isEqualTo("//t1/");
    assertThat(find(file, "third.com/x")).isEqualTo("///t2");
    assertThat(file.find(ImageName.of("nginx")).isNone()).isTrue();
  }

  private static String find(LoginFile file, String image) throws RuntimeFailure {
    Credentials found = file.find(ImageName.of(image));
    return String.join(
        "/", found.username(), found.password(), found.identityToken(), found.registryToken());
  }

  @Test
  void saysWhatIsWrongWithoutShowingIt() {
    for (String bad :
        new String[] {
          "s3cret",
          "[\"s3cret\"]",
          "{\"auths\": \"s3cret\"}",
          "{\"auths\": {\"a.b\": {\"auth\": s3cret"
        }) {
      assertThatThrownBy(() -> LoginFile.read("secret hub", bad))
          .isInstanceOf(RuntimeFailure.class)
          .hasMessageContaining("secret hub can't be used")
          .hasMessageNotContaining("s3cret")
          .hasNoCause();
    }
    String noPair = "{\"auths\": {\"example.com\": {\"auth\": \"" + base64("s3cret") + "\"}}}";
    assertThatThrownBy(() -> LoginFile.read("it", noPair).find(ImageName.of("example.com/x")))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining("example.com")
        .hasMessageNotContaining(base64("s3cret"));
  }

  @Test
  void theEnginesWordsAreFreedOfWhatIsSecret() {
    Credentials login = Credentials.login("alice", "s3cret");
    String words = "bad header " + base64("alice:s3cret") + " for s3cret of alice";
    assertThat(login.withoutSecrets(words)).isEqualTo("bad header *** for *** of alice");
    assertThat(login.toString()).doesNotContain("s3cret");
    assertThat(new Credentials("", "", "tok1", "tok2").withoutSecrets("tok1 and tok2"))
        .isEqualTo("*** and ***");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
