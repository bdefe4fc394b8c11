package org.commonshub.console.web;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** Serves the console's pages at {@code /}, to anybody: they hold no data of the home. */
@Component(service = Servlet.class)
@HttpWhiteboardServletPattern("/")
@HttpWhiteboardServletAsyncSupported
public final class ConsoleServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  /** What the pages need and no more; console.rest's filter normally says it first. */
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

  private final transient Assets assets = new Assets();

  /** Made by the component runtime. */
  @Activate
  public ConsoleServlet() {}

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String path = request.getServletPath();
    if (request.getPathInfo() != null) {
      path += request.getPathInfo();
    }
    Assets.Answer answer =
        assets.answer(
            path, request.getHeader("Accept-Encoding"), request.getHeader("If-None-Match"));
    if (!response.containsHeader("Content-Security-Policy")) {
      response.setHeader("Content-Security-Policy", POLICY);
    }
    answer.headers().forEach(response::setHeader);
    response.setStatus(answer.status());
    if (answer.status() == 200) {
      response.setContentLength(answer.body().length);
      response.getOutputStream().write(answer.body());
    }
  }
}
