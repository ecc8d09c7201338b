package io.gyre.messages;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a message. Stateless; any thread.
 *
 * <pre>
 * message  = version kind length envelope body
 * version    1 byte, not 0: what the sender speaks
 * kind       varint
 * length     varint, bytes of the envelope
 * envelope   fields
 * body       fields, to the end
 * </pre>
 *
 * <p>Processes of different versions read each other. A field that is not known is skipped, one
 * that is missing has its default (0, empty, null, false), whatever the version byte says; a kind
 * or a constant that is not known makes the message {@link Decoded.Unknown}. So kinds and field
 * numbers are only added, never used for something else, and a field's form never changes.
 *
 * <p>Free text is cut to {@link #TEXT_LIMIT} characters and the last lines of an exit to about
 * twice that in all, so that no message but a list is larger than 60 KiB.
 */
public final class MessageCodec {
  /** What this version writes. */
  public static final int VERSION = 1;

  /** A larger message is neither written nor read. */
  public static final int MAX_ENCODED = 200 * 1024;

  /** Characters of a message, reason or hint that are kept. */
  public static final int TEXT_LIMIT = 4096;

  private MessageCodec() {}

  /**
   * @throws GyreException TOO_LARGE, {@code message.too_large}
   */
  public static byte[] encode(Envelope envelope, Message message) {
    byte[] head = envelope(envelope).toBytes();
    byte[] encoded =
        new FieldWriter()
            .varint(VERSION)
            .varint(BodyWriter.kind(message))
            .varint(head.length)
            .append(head)
            .append(BodyWriter.write(message).toBytes())
            .toBytes();
    if (encoded.length > MAX_ENCODED) {
      throw new GyreException(
          ErrorKind.TOO_LARGE,
          "message.too_large",
          "a "
              + message.getClass().getSimpleName()
              + " message of "
              + encoded.length
              + " bytes is over the limit of "
              + MAX_ENCODED,
          "give it fewer or shorter arguments");
    }
    return encoded;
  }

  public static Decoded decode(byte[] bytes) throws MalformedMessageException {
    if (bytes.length > MAX_ENCODED) {
      throw new MalformedMessageException("a message of " + bytes.length + " bytes");
    }
    if (bytes.length == 0 || bytes[0] == 0) {
      throw new MalformedMessageException("no version");
    }
    FieldReader header = FieldReader.from(bytes, 1);
    long kind = header.varint();
    long length = header.varint();
    int head = header.position();
    if (kind <= 0 || kind > Integer.MAX_VALUE) {
      throw new MalformedMessageException("kind " + kind);
    }
    if (length < 0 || length > bytes.length - head) {
      throw new MalformedMessageException("an envelope of " + length + " bytes");
    }
    int body = head + (int) length;
    try {
      Envelope envelope = envelope(FieldReader.of(bytes, head, body));
      @Nullable Message message =
          BodyReader.read((int) kind, FieldReader.of(bytes, body, bytes.length));
      return message == null
          ? new Decoded.Unknown(envelope, (int) kind)
          : new Decoded.Known(envelope, message);
    } catch (GyreException e) {
      throw new MalformedMessageException("kind " + kind + ": " + e.getMessage(), e);
    }
  }

  private static FieldWriter envelope(Envelope envelope) {
    return new FieldWriter()
        .text(1, envelope.id())
        .text(2, envelope.correlation())
        .constant(3, envelope.sender())
        .number(4, envelope.senderEpoch())
        .text(5, envelope.causeId())
        .instant(6, envelope.sentAt());
  }

  private static Envelope envelope(FieldReader in) throws MalformedMessageException {
    @Nullable Component sender = in.constant(3, Component.class);
    if (sender == null) {
      throw new MalformedMessageException("no known sender: \"" + in.text(3) + "\"");
    }
    @Nullable Instant sentAt = in.instant(6);
    return new Envelope(
        in.text(1),
        in.text(2),
        sender,
        in.number(4),
        in.text(5),
        sentAt == null ? Instant.EPOCH : sentAt);
  }
}
