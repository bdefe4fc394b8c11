package org.commonshub.metering.ocpp;

/** A call that is answered with a CALLERROR (OCPP-J 1.6 §4.2.3, OCPP 2.0.1 part 4 §4.3). */
final class OcppError extends Exception {
  private static final long serialVersionUID = 1L;

  /** Error codes; the two versions spell some of them differently. */
  enum Code {
    NOT_IMPLEMENTED("NotImplemented", "NotImplemented"),
    NOT_SUPPORTED("NotSupported", "NotSupported"),
    INTERNAL("InternalError", "InternalError"),
    PROTOCOL("ProtocolError", "ProtocolError"),
    FORMAT("FormationViolation", "FormatViolation"),
    FRAMEWORK("GenericError", "RpcFrameworkError"),
    OCCURRENCE("OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
    PROPERTY("PropertyConstraintViolation", "PropertyConstraintViolation"),
    TYPE("TypeConstraintViolation", "TypeConstraintViolation");

    private final String old;
    private final String current;

    Code(String old, String current) {
      this.old = old;
      this.current = current;
    }

    String text(Version version) {
      return version == Version.V16 ? old : current;
    }
  }

  private final Code code;

  /**
   * @param message what is wrong; nothing of the content
   */
  OcppError(Code code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  Code code() {
    return code;
  }
}
