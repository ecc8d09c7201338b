/** A part of the machine is missing or refused, so that something cannot be measured; says what. */
final class Unmeasured extends Exception {
  private static final long serialVersionUID = 1;

  Unmeasured(String reason) {
    super(reason);
  }
}
