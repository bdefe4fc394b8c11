/** Driver {@code ${driverId}}: ${driverTitle}. */
package ${package};
