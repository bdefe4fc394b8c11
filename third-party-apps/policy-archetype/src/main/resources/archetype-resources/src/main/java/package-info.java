/** Policy {@code ${policyName}}: ${policyTitle}. */
package ${package};
