package org.sparklora.hub;

import java.io.IOException;
import java.util.List;
import org.sparklora.util.InvalidInputException;

/** The hub or its cache cannot be used. The message says what to do. */
public final class HubException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The reason. */
  public enum Reason {
    /** There is no such repository, revision or file, or the hub hides it from this token. */
    MISSING(InvalidInputException.Kind.DATA),
    /** A token is missing, or lacks the right. */
    REFUSED(InvalidInputException.Kind.CONFIGURATION),
    /** There is no answer, or one that cannot be understood. */
    UNREACHABLE(InvalidInputException.Kind.RESOURCES),
    /** A file's checksum differs from the one that the hub states. */
    DAMAGED(InvalidInputException.Kind.DATA),
    /** The repository was changed by another commit in the meantime. */
    CHANGED(InvalidInputException.Kind.RESOURCES),
    /** The cause is on this machine: its disk or its settings. */
    LOCAL(InvalidInputException.Kind.RESOURCES);

    private final InvalidInputException.Kind kind;

    Reason(InvalidInputException.Kind kind) {
      this.kind = kind;
    }
  }

  private final Reason reason;

  public HubException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public HubException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** The same error in the form that commands report. */
  public InvalidInputException asInvalidInput() {
    return new InvalidInputException(reason.kind, List.of(getMessage()));
  }
}
