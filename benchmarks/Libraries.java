import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** The libraries of the Gyre that is measured, and what is compiled against them. */
final class Libraries {
  private final Path root;

  Libraries(Workshop workshop) {
    this.root = workshop.sources().resolve("..").normalize();
  }

  Path root() {
    return root;
  }

  String classPath() throws Exception {
    try (Stream<Path> libraries = Files.list(root.resolve("dist/target/gyre/lib"))) {
      return String.join(
          System.getProperty("path.separator"), libraries.map(Path::toString).sorted().toList());
    }
  }

  /** All sources of a directory, but for what only the compiler of nulls reads. */
  void compile(Path sources, Path classes) throws Exception {
    List<String> words = new ArrayList<>(List.of("-nowarn", "-proc:none", "-d"));
    words.add(classes.toString());
    words.addAll(List.of("-cp", classPath()));
    try (Stream<Path> files = Files.list(sources)) {
      files
          .filter(file -> file.toString().endsWith(".java") && !file.endsWith("package-info.java"))
          .forEach(file -> words.add(file.toString()));
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null || compiler.run(null, null, null, words.toArray(new String[0])) != 0) {
      throw new Unmeasured(sources + " could not be compiled");
    }
  }
}
