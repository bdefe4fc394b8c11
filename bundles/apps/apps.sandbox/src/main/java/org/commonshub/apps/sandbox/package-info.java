/** To come. */
package org.commonshub.apps.sandbox;
