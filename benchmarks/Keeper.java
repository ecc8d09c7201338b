import java.util.List;

/** Keeps processes running: Gyre, or one of its peers, already up and with nothing to do. */
interface Keeper extends Contender, AutoCloseable {
  /** Writes down what is wanted, one workload for each label, as its user would have before. */
  void prepare(List<String> labels) throws Exception;

  /** The command with which its user makes that so. */
  void apply() throws Exception;

  /** Ends what was applied. */
  void remove() throws Exception;

  @Override
  void close();
}
