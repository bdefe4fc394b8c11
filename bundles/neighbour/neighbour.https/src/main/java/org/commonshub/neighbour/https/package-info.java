/** To come. */
package org.commonshub.neighbour.https;
