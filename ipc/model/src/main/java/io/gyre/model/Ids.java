package io.gyre.model;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/** Makes ids: lower-case letters and digits without those that look alike. */
public final class Ids {
  private static final String ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** An id for a user action, followed through every hop, as in {@code c-8fk2m4q7xz}. */
  public static String correlation() {
    return "c-" + random(10, RANDOM);
  }

  public static InstanceId instance(String deploymentName, RandomGenerator random) {
    return new InstanceId(deploymentName + "-" + random(6, random));
  }

  public static String random(int length) {
    return random(length, RANDOM);
  }

  private static String random(int length, RandomGenerator random) {
    StringBuilder id = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return id.toString();
  }
}
