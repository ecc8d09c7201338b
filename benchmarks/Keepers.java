import java.util.ArrayList;
import java.util.List;

/** The peers that keep host processes running, all up beside each other. */
final class Keepers implements AutoCloseable {
  private interface Start {
    Keeper start(Workshop workshop) throws Exception;
  }

  private record Kind(String name, Start start) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("runit", ServiceDirectories::runit),
          new Kind("pm2", Pm2::start),
          new Kind("systemd", Systemd::start),
          new Kind("supervisor", Supervisord::start),
          new Kind("s6", ServiceDirectories::s6));

  private record Absent(String name, String reason) {}

  private final List<Keeper> present = new ArrayList<>();
  private final List<Absent> absent = new ArrayList<>();

  /** Those of these names that are here. */
  static Keepers start(Workshop workshop, List<String> names) throws Exception {
    Keepers keepers = new Keepers();
    for (Kind kind : KINDS) {
      if (!names.contains(kind.name())) {
        continue;
      }
      try {
        keepers.present.add(kind.start().start(workshop));
      } catch (Unmeasured e) {
        keepers.absent.add(new Absent(kind.name(), e.getMessage()));
      }
    }
    return keepers;
  }

  List<Keeper> present() {
    return present;
  }

  /** Of those that were wanted. */
  List<String> names() {
    List<String> names = new ArrayList<>(present.stream().map(Keeper::name).toList());
    absent.forEach(each -> names.add(each.name()));
    return names;
  }

  void explain(Against result) {
    absent.forEach(each -> result.missing(each.name(), each.reason()));
  }

  @Override
  public void close() {
    present.forEach(Keeper::close);
  }
}
