package io.gyre.messages;

import io.gyre.model.Component;
import java.time.Instant;

/**
 * What goes before every message.
 *
 * @param id unique: sender, epoch and a counter, as in {@code api-12-345}
 * @param correlation of the user action or the event that led to it, kept through every hop
 * @param senderEpoch grows with every start of the sender; for the reconciler it is the fencing
 *     token
 * @param causeId id of the message that this one answers, empty where none
 */
public record Envelope(
    String id,
    String correlation,
    Component sender,
    long senderEpoch,
    String causeId,
    Instant sentAt) {}
