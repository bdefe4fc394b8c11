/** To come. */
package org.commonshub.metering.http;
