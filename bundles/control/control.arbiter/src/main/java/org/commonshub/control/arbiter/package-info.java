/** To come. */
package org.commonshub.control.arbiter;
