package io.gyre.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * The bytes of every kind as they are on disks and in older processes. A line here is never
 * changed; a new kind or field gets a line of its own.
 */
class MessageGoldenTest {
  @Test
  void bytesAreThoseOfTheGoldenFile() throws IOException {
    Map<String, String> encoded = new LinkedHashMap<>();
    Samples.all()
        .forEach(
            (name, message) ->
                encoded.put(
                    name,
                    HexFormat.of().formatHex(MessageCodec.encode(Samples.ENVELOPE, message))));

    assertThat(lines(encoded)).containsExactlyElementsOf(lines(golden()));
  }

  @Test
  void goldenBytesAreStillRead() throws Exception {
    Map<String, String> golden = golden();
    for (Map.Entry<String, Message> sample : Samples.all().entrySet()) {
      byte[] bytes = HexFormat.of().parseHex(Objects.requireNonNull(golden.get(sample.getKey())));

      assertThat(MessageCodec.decode(bytes))
          .isEqualTo(new Decoded.Known(Samples.ENVELOPE, sample.getValue()));
    }
  }

  @Test
  void everyKindHasASample() {
    assertThat(Samples.all().values())
        .extracting(Message::getClass)
        .containsAll(leaves(Message.class));
  }

  private static List<Class<? extends Message>> leaves(Class<?> type) {
    List<Class<? extends Message>> leaves = new ArrayList<>();
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      if (permitted.isSealed()) {
        leaves.addAll(leaves(permitted));
      } else {
        leaves.add(permitted.asSubclass(Message.class));
      }
    }
    return leaves;
  }

  private static List<String> lines(Map<String, String> messages) {
    return messages.entrySet().stream().map(m -> m.getKey() + " " + m.getValue()).toList();
  }

  private static Map<String, String> golden() throws IOException {
    Map<String, String> golden = new LinkedHashMap<>();
    try (InputStream in =
        Objects.requireNonNull(MessageGoldenTest.class.getResourceAsStream("golden.txt"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        int space = line.indexOf(' ');
        golden.put(line.substring(0, space), line.substring(space + 1));
      }
    }
    return golden;
  }
}
