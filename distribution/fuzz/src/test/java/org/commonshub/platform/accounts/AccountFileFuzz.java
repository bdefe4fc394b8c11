package org.commonshub.platform.accounts;

import java.io.IOException;

/** The account file from a damaged disk or a hostile backup. */
public final class AccountFileFuzz {
  private AccountFileFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      AccountFile.parse(data);
    } catch (IOException e) {
      // The declared refusal.
    }
  }
}
