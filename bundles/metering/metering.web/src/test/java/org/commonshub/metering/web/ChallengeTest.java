package org.commonshub.metering.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.commonshub.metering.api.HttpConnection.Credentials;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChallengeTest {
  private static Challenge best(String... values) {
    return Challenge.best(Challenge.parse(List.of(values)));
  }

  /** RFC 7616 §3.9.1. */
  @ParameterizedTest
  @CsvSource({
    "MD5, 8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256, 753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
  })
  void theExamplesOfRfc7616(String algorithm, String response) {
    Challenge challenge =
        best(
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm="
                + algorithm
                + ", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\","
                + " opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"");
    assertThat(
            challenge.digest(
                new Credentials("Mufasa", "Circle of Life"),
                "GET",
                "/dir/index.html",
                1,
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"))
        .contains(
            "username=\"Mufasa\"",
            "realm=\"http-auth@example.org\"",
            "uri=\"/dir/index.html\"",
            "algorithm=" + algorithm,
            "nc=00000001",
            "qop=auth",
            "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
            "response=\"" + response + "\"");
  }

  /** RFC 7616 §3.9.2 with its erratum 4897: the user name is hashed. */
  @Test
  void hashedUserName() {
    Challenge challenge =
        best(
            "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256,"
                + " nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\","
                + " opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8,"
                + " userhash=true");
    assertThat(
            challenge.digest(
                new Credentials("J\u00e4s\u00f8n Doe", "Secret, or not?"),
                "GET",
                "/doe.json",
                1,
                "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm"))
        .contains(
            "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\"",
            "userhash=true");
  }

  /** RFC 2617 §3.5. */
  @Test
  void theExampleOfRfc2617() {
    Challenge challenge =
        best(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\","
                + " nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\","
                + " opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
    assertThat(
            challenge.digest(
                new Credentials("Mufasa", "Circle Of Life"),
                "GET",
                "/dir/index.html",
                1,
                "0a4f113b"))
        .contains("response=\"6629fae49393a05397450978507c4ef1\"")
        .doesNotContain("algorithm");
  }

  /** RFC 2069 §2.4 as corrected: no quality of protection. */
  @Test
  void theExampleOfRfc2069() {
    Challenge challenge =
        best(
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\","
                + " opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
    assertThat(
            challenge.digest(
                new Credentials("Mufasa", "CircleOfLife"), "GET", "/dir/index.html", 1, "x"))
        .contains("response=\"1949323746fe6a43ef61f9606e7febea\"")
        .doesNotContain("qop")
        .doesNotContain("cnonce");
  }

  @Test
  void basicOfRfc7617() {
    assertThat(
            best("Basic realm=\"foo\", charset=\"UTF-8\"")
                .answer(new Credentials("test", "123\u00a3"), "GET", "/", 1))
        .isEqualTo("Basic dGVzdDoxMjPCow==");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Basic realm=\"x\"; basic; ''",
        "Basic realm=\"x\", Digest realm=\"y\", nonce=\"1\"; digest; MD5",
        "Digest qop=\"auth\", realm=\"shelly\", nonce=\"60dc59c6\", algorithm=SHA-256; digest; SHA-256",
        "Digest realm=a, nonce=1, qop=auth, algorithm=MD5, Digest realm=a, nonce=2, algorithm=SHA-256; digest; SHA-256",
        "Negotiate, Basic; basic; ''",
        "Negotiate abc==, DIGEST nonce = \"a, b\" ,realm=\"q\\\"uote\"; digest; MD5",
        "Digest nonce=\"1\", qop=\"auth-int\", Basic realm=a; basic; ''"
      })
  void theBestThatCanBeMet(String value, String scheme, String algorithm) {
    Challenge best = best(value);
    assertThat(best.scheme()).isEqualTo(scheme);
    if (!algorithm.isEmpty()) {
      assertThat(best.parameters().getOrDefault("algorithm", "MD5")).isEqualTo(algorithm);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Negotiate",
        "Digest realm=\"x\"",
        "Digest nonce=\"1\", algorithm=ROT13",
        "Bearer realm=\"x\"",
        ",,,=",
        "\"",
        "Digest nonce=\"1\", qop=\"\""
      })
  void whatCannotBeMet(String value) {
    assertThat(best(value)).isNull();
  }
}
