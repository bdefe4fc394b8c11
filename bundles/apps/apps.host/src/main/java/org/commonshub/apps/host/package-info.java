/** To come. */
package org.commonshub.apps.host;
