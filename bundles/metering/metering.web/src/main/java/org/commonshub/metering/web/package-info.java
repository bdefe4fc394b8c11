/** To come. */
package org.commonshub.metering.web;
