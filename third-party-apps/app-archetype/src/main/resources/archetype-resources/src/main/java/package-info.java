/** ${appTitle}: an app for Commons Hub. Nothing is exported. */
package ${package};
