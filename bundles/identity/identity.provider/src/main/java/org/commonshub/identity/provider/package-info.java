/** The hub's keys in encrypted files, its name, its signatures and who may enter by them. */
package org.commonshub.identity.provider;
