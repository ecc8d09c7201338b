package io.gyre.store;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Turns what SQLite says into what a user can act on. */
final class Failures {
  private Failures() {}

  static GyreException of(Path file, Throwable thrown) {
    SQLException sql = sqlCause(thrown);
    if (sql == null) {
      return thrown instanceof GyreException known
          ? known
          : internal(
              file, "a row of " + file + " can't be read by this version: " + thrown, thrown);
    }
    SQLiteErrorCode extended =
        sql instanceof SQLiteException known
            ? known.getResultCode()
            : SQLiteErrorCode.getErrorCode(sql.getErrorCode());
    // The low byte of an extended code is the primary one.
    SQLiteErrorCode primary = SQLiteErrorCode.getErrorCode(extended.code & 0xff);
    String text = sql.getMessage();
    return switch (primary) {
      case SQLITE_BUSY, SQLITE_LOCKED ->
          made(
              ErrorKind.UNAVAILABLE,
              "store.busy",
              "the database " + file + " is busy: another process holds its lock for too long",
              "try again; if it stays so, run gyre doctor to see which process hangs",
              sql);
      case SQLITE_FULL -> diskFull(file, sql);
      case SQLITE_IOERR ->
          writing(extended)
              ? diskFull(file, sql)
              : made(
                  ErrorKind.INTERNAL,
                  "store.io_error",
                  "reading or writing " + file + " failed: " + text,
                  "check the disk and the kernel log, then run gyre doctor",
                  sql);
      case SQLITE_CORRUPT, SQLITE_NOTADB ->
          made(
              ErrorKind.INTERNAL,
              "store.corrupt",
              "the database " + file + " is damaged: " + text,
              "run gyre doctor",
              sql);
      case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH ->
          made(
              ErrorKind.UNAVAILABLE,
              "store.not_accessible",
              "the database " + file + " can't be opened or written: " + text,
              "check the owner and the permissions of the file and its directory",
              sql);
      case SQLITE_CONSTRAINT ->
          made(
              ErrorKind.CONFLICT,
              "store.conflict",
              "what is to be stored contradicts what is stored: " + text,
              "read the current state and try again",
              sql);
      default -> internal(file, "the database " + file + " failed: " + text, sql);
    };
  }

  private static boolean writing(SQLiteErrorCode code) {
    return switch (code) {
      case SQLITE_IOERR_WRITE,
          SQLITE_IOERR_FSYNC,
          SQLITE_IOERR_DIR_FSYNC,
          SQLITE_IOERR_TRUNCATE,
          SQLITE_IOERR_SHMSIZE,
          SQLITE_IOERR_SHMOPEN,
          SQLITE_IOERR_SHMMAP ->
          true;
      default -> false;
    };
  }

  private static GyreException diskFull(Path file, SQLException cause) {
    return made(
        ErrorKind.EXHAUSTED,
        "store.disk_full",
        "no space left for the database " + file + "; nothing was changed",
        "free space on the file system of " + file.getParent() + ", then try again",
        cause);
  }

  private static GyreException internal(Path file, String message, Throwable cause) {
    return made(
        ErrorKind.INTERNAL,
        "store.failed",
        message,
        "run gyre doctor; the log says more about " + file,
        cause);
  }

  private static GyreException made(
      ErrorKind kind, String code, String message, String hint, Throwable cause) {
    return new GyreException(kind, code, message, hint, List.of(), cause);
  }

  static @Nullable SQLException sqlCause(@Nullable Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return sql;
      }
    }
    return null;
  }
}
