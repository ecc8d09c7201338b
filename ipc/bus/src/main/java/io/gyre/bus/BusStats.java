package io.gyre.bus;

/**
 * Counts since the bus was opened.
 *
 * @param published messages written
 * @param handled messages whose handling returned
 * @param failed messages whose handling threw
 * @param unknown messages of a newer sender
 * @param damaged messages whose bytes were broken; skipped
 * @param repositioned times that a position was no longer in its queue (wiped, or away for too
 *     long) and reading went on at the oldest message that is left
 */
public record BusStats(
    long published, long handled, long failed, long unknown, long damaged, long repositioned) {}
