package org.commonshub.console.rest;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries requests to the {@link Router} and its answers back. */
final class ApiServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(ApiServlet.class);

  private final transient Router router;

  ApiServlet(Router router) {
    this.router = router;
  }

  @Override
  protected void service(HttpServletRequest http, HttpServletResponse answer) throws IOException {
    answer.setHeader("Cache-Control", "no-store");
    Response response;
    try {
      response = router.handle(new Request(http));
    } catch (Problem problem) {
      response = problem.response();
      drain(http, answer);
    } catch (IOException e) {
      // The caller went away in the middle of the request.
      throw e;
    } catch (Exception e) {
      response = unexpected(http, e);
    }
    write(response, http, answer);
  }

  /**
   * Takes the rest of a refused request off the connection, so that the next one can use it; a
   * large or endless rest is not read, and the connection ends.
   */
  private static void drain(HttpServletRequest http, HttpServletResponse answer)
      throws IOException {
    long length = http.getContentLengthLong();
    if (length > Request.MAX_BODY || (length < 0 && http.getHeader("Transfer-Encoding") != null)) {
      answer.setHeader("Connection", "close");
    } else if (length > 0) {
      byte[] buffer = new byte[4096];
      while (http.getInputStream().read(buffer) >= 0) {
        // Skipped.
      }
    }
  }

  static Response unexpected(HttpServletRequest http, Throwable e) {
    LOG.error("{} {} failed unexpectedly", http.getMethod(), http.getServletPath(), e);
    return new Problem(
            500, "The hub could not do this because of a fault of its own; its log says" + " more.")
        .response();
  }

  static void write(Response response, HttpServletRequest http, HttpServletResponse answer)
      throws IOException {
    if (response.raw() != null) {
      response.raw().serve(http, answer);
      return;
    }
    answer.setStatus(response.status());
    response.headers().forEach(answer::setHeader);
    if (response.type() != null) {
      answer.setContentType(response.type());
    }
    if (response.bytes() != null) {
      answer.setContentLength(response.bytes().length);
      answer.getOutputStream().write(response.bytes());
    } else if (response.stream() != null && !http.getMethod().equals("HEAD")) {
      try {
        response.stream().write(answer.getOutputStream());
      } catch (IOException | RuntimeException e) {
        if (answer.isCommitted()) {
          // Too late for an explanation: a connection cut short is never taken for a whole file.
          throw e;
        }
        answer.reset();
        Guard.headers(answer);
        write(
            (e instanceof Problem problem ? problem : new Problem(500, e.getMessage())).response(),
            http,
            answer);
      }
    }
  }
}
