/**
 * HTTP to devices, and the door for devices that connect by themselves: HTTP, WebSocket, datagrams
 * and plain byte streams on one selector.
 */
package org.commonshub.metering.web;
