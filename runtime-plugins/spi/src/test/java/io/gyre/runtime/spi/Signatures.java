package io.gyre.runtime.spi;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything of the contract that a plugin's classes link to, as lines such as {@code
 * WorkloadRuntime: public abstract void remove(String) throws RuntimeFailure}.
 */
final class Signatures {
  private Signatures() {}

  static SortedSet<String> read() throws Exception {
    URI classes = SpiVersion.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    SortedSet<String> lines = new TreeSet<>();
    for (Class<?> type : types(Path.of(classes))) {
      if (Modifier.isPublic(type.getModifiers())) {
        describe(type, lines);
      }
    }
    return lines.stream().map(Signatures::brief).collect(Collectors.toCollection(TreeSet::new));
  }

  /** Without what says nothing: the package, and the type before the name of its member. */
  private static String brief(String line) {
    String type = line.substring(0, line.indexOf(": "));
    return line.replace(" " + type + ".", " ")
        .replace("io.gyre.runtime.spi.", "")
        .replace("java.lang.", "")
        .replace("java.util.", "")
        .strip();
  }

  private static List<Class<?>> types(Path root) throws IOException, ClassNotFoundException {
    List<String> names;
    try (Stream<Path> files = Files.walk(root)) {
      names =
          files
              .map(file -> root.relativize(file).toString())
              .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
              .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
              .toList();
    }
    Class<?>[] types = new Class<?>[names.size()];
    for (int i = 0; i < types.length; i++) {
      types[i] = Class.forName(names.get(i));
    }
    return List.of(types);
  }

  private static void describe(Class<?> type, SortedSet<String> lines) {
    String prefix = type.getTypeName() + ": ";
    String parents =
        Stream.concat(
                Stream.ofNullable(type.getGenericSuperclass()),
                Arrays.stream(type.getGenericInterfaces()))
            .map(Type::getTypeName)
            .collect(Collectors.joining(", "));
    lines.add(
        prefix
            + "type "
            + Modifier.toString(type.getModifiers() & ~Modifier.STATIC)
            + " is "
            + parents);
    if (type.isSealed()) {
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        lines.add(prefix + "permits " + permitted.getTypeName());
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (visible(method.getModifiers()) && !method.isSynthetic()) {
        lines.add(prefix + method.toGenericString());
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (visible(constructor.getModifiers()) && !constructor.isSynthetic()) {
        lines.add(prefix + constructor.toGenericString());
      }
    }
    for (Field field : type.getDeclaredFields()) {
      if (visible(field.getModifiers()) && !field.isSynthetic()) {
        lines.add(prefix + field.toGenericString());
      }
    }
  }

  private static boolean visible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }
}
