/** The hub's account on EVM chains: one secp256k1 key in an encrypted file. */
package org.commonshub.identity.evm;
