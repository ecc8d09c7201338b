package io.gyre.runtime.host.plugin;

import io.gyre.model.PluginInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes jars in: each is read once, into a private copy, and all that follows looks at the copy.
 *
 * <pre>
 * file ─▶ place and owner ─▶ copy, digest ─▶ signature ─▶ manifest ─▶ SHA256.jar (and .sig)
 * </pre>
 *
 * Nothing in a jar is opened before its signature was found good. One thread at a time.
 */
final class PluginIntake {
  static final long LARGEST = 256L << 20;
  private static final int LARGEST_SIGNATURE = 4096;

  private final Path copies;
  private final Supplier<PluginTrust> trust;

  PluginIntake(Path copies, Supplier<PluginTrust> trust) {
    this.copies = copies;
    this.trust = trust;
  }

  /** A jar in the directory of the user's. */
  PluginJar user(Path file) throws PluginRejected {
    try {
      requireSafe(file);
      return take(file, false);
    } catch (NoSuchFileException e) {
      throw new PluginRejected("it is gone", PluginRejected.Again.SOON);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** A jar of the distribution, which is trusted as this code is. */
  PluginJar shipped(Path file) throws PluginRejected {
    try {
      return take(file, true);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * A copy that was taken in before; whether its signature is still trusted is asked anew.
   *
   * @param source as the user knew it
   */
  PluginJar kept(String sha256, Path source, boolean shipped) throws PluginRejected {
    Path copy = copies.resolve(sha256 + ".jar");
    try {
      if (!digest(copy).equals(sha256)) {
        throw new PluginRejected("the copy " + copy + " is damaged");
      }
      String signedBy =
          shipped ? PluginInfo.SHIPPED : trust.get().check(copy, signatures(source, copy));
      PluginJar.Head head = PluginJar.inspect(copy);
      return new PluginJar(source, copy, sha256, head.id(), head.version(), shipped, signedBy);
    } catch (NoSuchFileException e) {
      throw new PluginRejected("the copy " + copy + " is gone");
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static PluginRejected unreadable(IOException e) {
    return new PluginRejected("it cannot be read: " + e.getMessage());
  }

  /** Who may put jars there may run code as the user of this process. */
  private static void requireSafe(Path file) throws IOException, PluginRejected {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null || !Owners.trusted(directory)) {
      throw new PluginRejected(
          "the directory "
              + directory
              + " belongs to somebody else than root or the user of Gyre; chown it");
    }
    if (writableByAll(Files.getPosixFilePermissions(directory))) {
      throw new PluginRejected(
          "everybody may put jars into the directory " + directory + ": chmod o-w " + directory);
    }
    PosixFileAttributes attributes =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()) {
      throw new PluginRejected(
          attributes.isSymbolicLink()
              ? "it is a symbolic link, whose target nobody watches; put the jar itself there"
              : "it is no file");
    }
    if (writableByAll(attributes.permissions())) {
      throw new PluginRejected("everybody may change it: chmod o-w " + file);
    }
    if (attributes.size() > LARGEST) {
      throw tooLarge();
    }
  }

  private static boolean writableByAll(Set<PosixFilePermission> permissions) {
    return permissions.contains(PosixFilePermission.OTHERS_WRITE);
  }

  private static PluginRejected tooLarge() {
    return new PluginRejected("it is larger than " + (LARGEST >> 20) + " MiB");
  }

  private PluginJar take(Path file, boolean shipped) throws IOException, PluginRejected {
    Path temporary =
        Files.createTempFile(
            copies,
            ".copy",
            ".jar",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      String sha256 = copy(file, temporary);
      Path copy = copies.resolve(sha256 + ".jar");
      List<String> signatures = shipped ? List.of() : signatures(file, copy);
      String signedBy = shipped ? PluginInfo.SHIPPED : trust.get().check(temporary, signatures);
      PluginJar.Head head = PluginJar.inspect(temporary);
      if (!shipped && signedBy != null) {
        keepSignature(copy, signatures);
      }
      Files.move(temporary, copy, StandardCopyOption.ATOMIC_MOVE);
      return new PluginJar(file, copy, sha256, head.id(), head.version(), shipped, signedBy);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Durable, since the next process may load it again. */
  private static String copy(Path source, Path target) throws IOException, PluginRejected {
    MessageDigest digest = sha256();
    long total = 0;
    ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
    try (InputStream in = Files.newInputStream(source, LinkOption.NOFOLLOW_LINKS);
        FileChannel out = FileChannel.open(target, StandardOpenOption.WRITE)) {
      for (int n = in.read(buffer.array()); n >= 0; n = in.read(buffer.array())) {
        total += n;
        if (total > LARGEST) {
          throw tooLarge();
        }
        digest.update(buffer.array(), 0, n);
        buffer.position(0).limit(n);
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      }
      out.force(true);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static String digest(Path file) throws IOException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[64 << 10];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * What may be its signature: the file beside it, and the one that was kept, since another jar's
   * may be arriving just now.
   */
  private static List<String> signatures(Path file, Path copy) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Path from : List.of(file, copy)) {
      String text = signature(from.resolveSibling(from.getFileName() + ".sig"));
      if (text != null) {
        texts.addAll(text.strip().lines().toList());
      }
    }
    return texts.stream().distinct().toList();
  }

  private static @Nullable String signature(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      return new String(in.readNBytes(LARGEST_SIGNATURE), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static void keepSignature(Path copy, List<String> signatures) throws IOException {
    if (!signatures.isEmpty()) {
      Path kept = copy.resolveSibling(copy.getFileName() + ".sig");
      Path temporary = copy.resolveSibling("." + copy.getFileName() + ".sig");
      Files.writeString(temporary, String.join("\n", signatures));
      Files.move(temporary, kept, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
