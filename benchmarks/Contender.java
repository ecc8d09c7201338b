import java.util.List;

/**
 * Who keeps workloads running. The labels are what its workloads call themselves in {@link Beats}.
 */
interface Contender {
  String name();

  List<String> labels();

  /** The main process of a workload, as the host sees it. */
  long pid(String label) throws Exception;

  /** By label. */
  interface Pids {
    long of(String label) throws Exception;
  }

  /** Of somebody who has other things to do besides. */
  record Part(String name, List<String> labels, Pids pids) implements Contender {
    @Override
    public long pid(String label) throws Exception {
      return pids.of(label);
    }
  }
}
