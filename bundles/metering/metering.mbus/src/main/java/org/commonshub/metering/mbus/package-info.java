/**
 * M-Bus meters, wired (EN 13757-2) and wireless (EN 13757-4), with one application layer (EN
 * 13757-3, EN 13757-7).
 */
package org.commonshub.metering.mbus;
