/**
 * Who this hub is, and how anybody can tell that it said something.
 *
 * <p>The hub has one stable name, a DID whose identifier is the hash of the first entry of its key
 * log ({@link org.commonshub.identity.api.KeyLog}), and one current signing key behind it. What it
 * signs is a COSE_Sign1 structure (RFC 9052) or a compact JWS (RFC 7515) bound to a {@link
 * org.commonshub.identity.api.SigningPurpose}, so that a signature made for one purpose cannot be
 * shown for another. Private keys never leave the {@code identity} group but sealed in a backup.
 *
 * <p>{@link org.commonshub.identity.api.HubIdentity}, {@link
 * org.commonshub.identity.api.DeviceKeys} and {@link org.commonshub.identity.api.Delegations} are
 * implemented by {@code identity.provider}, {@link org.commonshub.identity.api.EvmAccount} by
 * {@code identity.evm}; the ledger, neighbours and the console call them. {@link
 * org.commonshub.identity.api.KeyProvider} is implemented by {@code identity.provider} (encrypted
 * files) and by whoever has a TPM or secure element, and called by {@code identity.provider} only.
 * The classes without a service ({@link org.commonshub.identity.api.Cbor}, {@link
 * org.commonshub.identity.api.CoseSign1}, {@link org.commonshub.identity.api.Jws}, {@link
 * org.commonshub.identity.api.VerificationKey}, {@link org.commonshub.identity.api.KeyLog} and its
 * {@link org.commonshub.identity.api.KeyLogWriter}) are pure functions on the JDK alone, so that a
 * verifier needs nothing else.
 */
@Export
@Version("1.1.0")
package org.commonshub.identity.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
