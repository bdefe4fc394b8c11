/** Policy {@code org.example.quiet-hours}: what happens in the quiet hours is nobody's business. */
package org.example.quiethours;
