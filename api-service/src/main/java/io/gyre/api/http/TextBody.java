package io.gyre.api.http;

/** A body that is text and nothing more is known of. */
public record TextBody(String text) {}
