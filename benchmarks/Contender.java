import java.util.List;

/**
 * Who keeps workloads running. The labels are what its workloads call themselves in {@link Beats}.
 */
interface Contender {
  String name();

  List<String> labels();

  /** The main process of a workload, as the host sees it. */
  long pid(String label) throws Exception;
}
