package io.gyre.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.ExitRecord;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
  @Test
  void roundTrip() throws Exception {
    for (Message message : Samples.all().values()) {
      assertThat(MessageCodec.decode(MessageCodec.encode(Samples.ENVELOPE, message)))
          .isEqualTo(new Decoded.Known(Samples.ENVELOPE, message));
    }
  }

  @Test
  void emptyEnvelopeFieldsAndExtremeTimesRoundTrip() throws Exception {
    for (Instant at : List.of(Instant.EPOCH, Instant.MIN, Instant.MAX, Instant.ofEpochMilli(-1))) {
      Envelope envelope = new Envelope("", "", Component.SUPERVISOR, Long.MIN_VALUE, "", at);

      assertThat(MessageCodec.decode(MessageCodec.encode(envelope, new Message.HostStarted())))
          .isEqualTo(new Decoded.Known(envelope, new Message.HostStarted()));
    }
  }

  @Test
  void fieldsOfANewerSenderAreSkipped() throws Exception {
    FieldWriter newer =
        new FieldWriter()
            .group(99, new FieldWriter().text(1, "x"))
            .group(1, new FieldWriter().text(1, "shop").text(2, "web").number(77, 5))
            .number(2, 7)
            .number(98, Long.MIN_VALUE);

    assertThat(MessageCodec.decode(message(9, 1, newer)))
        .isEqualTo(
            new Decoded.Known(
                Samples.ENVELOPE, new Message.DeploymentChanged(Samples.DEPLOYMENT, 7)));
  }

  @Test
  void fieldsAnOlderSenderDoesNotKnowHaveDefaults() throws Exception {
    FieldWriter older = new FieldWriter().text(1, Samples.INSTANCE.value());

    assertThat(MessageCodec.decode(message(1, 2, older)))
        .isEqualTo(
            new Decoded.Known(
                Samples.ENVELOPE, new Message.OpenLogs(Samples.INSTANCE, "", 0, null, false)));
    assertThat(MessageCodec.decode(message(1, 26, older)))
        .isEqualTo(
            new Decoded.Known(
                Samples.ENVELOPE,
                new Message.CommandFailed(
                    Samples.INSTANCE, ErrorKind.INTERNAL, "", "", null, false)));
  }

  @Test
  void aKindOfANewerSenderIsReported() throws Exception {
    assertThat(MessageCodec.decode(message(1, 999, new FieldWriter().text(1, "?"))))
        .isEqualTo(new Decoded.Unknown(Samples.ENVELOPE, 999));
  }

  @Test
  void aConstantOfANewerSenderIsReportedWhereNothingCanStandForIt() throws Exception {
    FieldWriter body =
        new FieldWriter()
            .group(
                1,
                new FieldWriter()
                    .text(1, Samples.INSTANCE.value())
                    .group(2, new FieldWriter().text(1, "shop").text(2, "web"))
                    .text(5, "HIBERNATING"));

    assertThat(MessageCodec.decode(message(1, 22, body)))
        .isEqualTo(new Decoded.Unknown(Samples.ENVELOPE, 22));
  }

  @Test
  void brokenMessagesAreRefused() {
    byte[] whole = MessageCodec.encode(Samples.ENVELOPE, new Message.HostStarted());
    byte[] hugeLength = {1, 20, -1, -1, -1, -1, 7};
    byte[] endlessNumber = {1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0};

    for (byte[] bytes :
        List.of(new byte[0], new byte[] {1}, new byte[] {0, 1, 0}, hugeLength, endlessNumber)) {
      assertThatThrownBy(() -> MessageCodec.decode(bytes))
          .isInstanceOf(MalformedMessageException.class);
    }
    whole[0] = 0;
    assertThatThrownBy(() -> MessageCodec.decode(whole))
        .isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(() -> MessageCodec.decode(new byte[MessageCodec.MAX_ENCODED + 1]))
        .isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(() -> MessageCodec.decode(message(1, 10, new FieldWriter().text(1, "A b"))))
        .isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(() -> MessageCodec.decode(message(1, 1, new FieldWriter())))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("missing");
  }

  @Test
  void tooManyInstancesAreRefused() {
    List<InstanceId> many =
        IntStream.range(0, 30_000).mapToObj(i -> new InstanceId("web-" + i)).toList();

    assertThatThrownBy(
            () ->
                MessageCodec.encode(
                    Samples.ENVELOPE, new Message.InstancesReported("process", many)))
        .isInstanceOfSatisfying(
            GyreException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE);
              assertThat(e.code()).isEqualTo("message.too_large");
            });
  }

  @Test
  void longTextIsCut() throws Exception {
    Message.CommandFailed failed =
        new Message.CommandFailed(
            Samples.INSTANCE, ErrorKind.RUNTIME, "c", "😀".repeat(50_000), "€".repeat(99), true);

    Message.CommandFailed decoded = (Message.CommandFailed) roundTrip(failed, 60 * 1024);

    assertThat(decoded.message())
        .hasSizeLessThanOrEqualTo(MessageCodec.TEXT_LIMIT)
        .matches("(😀)+…");
    assertThat(decoded.hint()).isEqualTo(failed.hint());
  }

  @Test
  void theNewestLinesThatFitAreKept() throws Exception {
    List<String> lines = IntStream.range(0, 200).mapToObj(i -> i + "€".repeat(20 * i)).toList();

    List<String> kept = lastLines(lines);

    assertThat(kept).hasSizeBetween(5, 20);
    assertThat(kept.getLast()).startsWith("199€").endsWith("…");
    assertThat(lastLines(Collections.nCopies(100, "x"))).hasSize(20);
  }

  private static List<String> lastLines(List<String> lines) throws MalformedMessageException {
    InstanceObservation seen = Samples.bareObservation();
    InstanceObservation ended =
        new InstanceObservation(
            seen.id(),
            seen.deployment(),
            seen.revision(),
            seen.runtime(),
            seen.state(),
            null,
            null,
            null,
            List.of(),
            null,
            0,
            false,
            null,
            new ExitRecord(1, Samples.AT, lines),
            null);
    Message decoded = roundTrip(new Message.InstanceObserved(ended), 60 * 1024);
    return Objects.requireNonNull(((Message.InstanceObserved) decoded).observation().lastExit())
        .lastLines();
  }

  private static Message roundTrip(Message message, int limit) throws MalformedMessageException {
    byte[] bytes = MessageCodec.encode(Samples.ENVELOPE, message);
    assertThat(bytes).hasSizeLessThanOrEqualTo(limit);
    return ((Decoded.Known) MessageCodec.decode(bytes)).message();
  }

  /** A message of any version and kind, with the envelope of the samples. */
  static byte[] message(int version, int kind, FieldWriter body) {
    byte[] head =
        new FieldWriter()
            .text(1, "api-12-345")
            .text(2, "c-8fk2m4q7xz")
            .text(3, "API")
            .number(4, 12)
            .text(5, "reconciler-3-9")
            .instant(6, Samples.AT)
            .toBytes();
    return new FieldWriter()
        .varint(version)
        .varint(kind)
        .varint(head.length)
        .append(head)
        .append(body.toBytes())
        .toBytes();
  }
}
