package io.gyre.manifest;

import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads manifests. Stateless and safe for use by several threads.
 *
 * <p>A manifest is accepted whole or not at all: what is unknown, of the wrong type, in conflict,
 * not implemented, or beyond what the runtime can do is refused, all of it at once.
 */
public final class ManifestParser {

  /**
   * @param variables what {@code $NAME} stands for
   * @throws GyreException of kind INVALID, code {@code manifest.invalid}, with every problem in the
   *     order of the sources and lines
   */
  public Manifest parse(
      List<ManifestSource> sources, Map<String, String> variables, RuntimeCatalog catalog) {
    Problems problems = new Problems();
    Budget budget = new Budget();
    Interpolation interpolation = new Interpolation(variables);
    Registry registry = new Registry();
    SourceDecoder decoder = new SourceDecoder(catalog, registry);
    if (sources.isEmpty()) {
      problems.add(new Violation("manifest.empty", "", "no manifest is given", null, 0, 0));
    }
    for (int i = 0; i < sources.size(); i++) {
      problems.enter(i);
      Scope scope = new Scope(i, sources.get(i), problems, budget, interpolation);
      for (Node document : new NodeReader(problems, budget).read(sources.get(i))) {
        decoder.decode(document, scope);
      }
    }
    registry.checkConfigUses(problems);
    problems.refuseIfAny();
    return registry.manifest();
  }

  /**
   * The names of all variables that a text may refer to, for clients that send only those. Looks at
   * the text alone, so that it also finds what stands in comments.
   */
  public static Set<String> variablesIn(String text) {
    return Interpolation.namesIn(text);
  }
}
