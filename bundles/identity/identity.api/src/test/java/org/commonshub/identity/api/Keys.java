package org.commonshub.identity.api;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;

/** Pairs that sign. */
record Keys(KeyPair pair, KeyAlgorithm algorithm) implements CoseSign1.Signer {

  static Keys make(KeyAlgorithm algorithm) {
    try {
      boolean edwards = algorithm == KeyAlgorithm.ED25519;
      KeyPairGenerator generator = KeyPairGenerator.getInstance(edwards ? "Ed25519" : "EC");
      if (!edwards) {
        generator.initialize(new ECGenParameterSpec("secp256r1"));
      }
      return new Keys(generator.generateKeyPair(), algorithm);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static Keys make() {
    return make(KeyAlgorithm.ED25519);
  }

  VerificationKey open() {
    return VerificationKey.of(pair.getPublic());
  }

  @Override
  public byte[] sign(byte[] toBeSigned) {
    try {
      Signature signer =
          Signature.getInstance(
              algorithm == KeyAlgorithm.ED25519 ? "Ed25519" : "SHA256withECDSAinP1363Format");
      signer.initSign(pair.getPrivate());
      signer.update(toBeSigned);
      return signer.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
