package org.commonshub.metering.mapping.api;

/** What should have been JSON is none, or is larger or deeper than any device needs. */
public class MalformedJsonException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason goes on after "… sent", says where; nothing of the content
   */
  public MalformedJsonException(String reason) {
    super(reason);
  }
}
