package org.commonshub.apps.catalogue;

/** Metadata or a package is not what it has to be; the message is for people. */
public class MetadataException extends Exception {
  private static final long serialVersionUID = 1;

  /** An exception. */
  public MetadataException(String message) {
    super(message);
  }

  /** An exception with a cause. */
  public MetadataException(String message, Throwable cause) {
    super(message, cause);
  }
}
