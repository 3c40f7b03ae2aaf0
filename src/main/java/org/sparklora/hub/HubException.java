package org.sparklora.hub;

import java.io.IOException;
import java.util.List;
import org.sparklora.util.InvalidInputException;

/** The hub, or what is kept of it, cannot be used. The message says what to do. */
public final class HubException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** No such repository, revision or file, or nobody says that there is. */
    MISSING(InvalidInputException.Kind.DATA),
    /** A token is missing or not allowed to. */
    REFUSED(InvalidInputException.Kind.CONFIGURATION),
    /** No answer, or one that makes no sense. */
    UNREACHABLE(InvalidInputException.Kind.RESOURCES),
    /** A file is not what the hub says it is. */
    DAMAGED(InvalidInputException.Kind.DATA),
    /** The repository was changed by somebody else meanwhile. */
    CHANGED(InvalidInputException.Kind.RESOURCES),
    /** This machine: its disk, its settings. */
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

  /** The same as a problem of what the user gave. */
  public InvalidInputException asInvalidInput() {
    return new InvalidInputException(reason.kind, List.of(getMessage()));
  }
}
