/** {@code hub-operator}: a catalogue that any web server can offer, licences and reports. */
package org.commonshub.tools.operator;
