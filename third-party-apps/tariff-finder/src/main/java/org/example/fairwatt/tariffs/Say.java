package org.example.fairwatt.tariffs;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** What the app says, in English, German, French and Italian. */
enum Say {
  TITLE("Tariff finder", "Tarif-Finder", "Comparateur de tarifs", "Cerca tariffe"),
  WAITING(
      "Say yes to its request for data under Privacy, and the comparison begins.",
      "Stimmen Sie unter Datenschutz der Anfrage zu, dann beginnt der Vergleich.",
      "Acceptez sa demande de données sous Confidentialité, et la comparaison commence.",
      "Accetta la richiesta di dati in Privacy e il confronto comincia."),
  READING(
      "Reading what this home used: {0} %.",
      "Der Verbrauch wird gelesen: {0} %.",
      "Lecture de la consommation : {0} %.",
      "Lettura dei consumi: {0} %."),
  FAILED(
      "The data cannot be read: {0}",
      "Die Daten sind nicht lesbar: {0}",
      "Les données ne peuvent pas être lues : {0}",
      "I dati non sono leggibili: {0}"),
  TOO_LITTLE(
      "There are {0} days of data; a comparison needs 7.",
      "Es gibt Daten von {0} Tagen; ein Vergleich braucht 7.",
      "Il y a {0} jours de données ; une comparaison en demande 7.",
      "Ci sono dati di {0} giorni; per un confronto ne servono 7."),
  NONE(
      "No tariff in {0} came with this app. Enter yours below.",
      "Für {0} ist kein Tarif dabei. Tragen Sie unten eigene ein.",
      "Aucun tarif en {0} n'est fourni. Saisissez les vôtres ci-dessous.",
      "Nessuna tariffa in {0} inclusa. Inserisci le tue qui sotto."),
  CHEAPEST(
      "With {0} this home would pay {1} {2} a year less than now.",
      "Mit {0} zahlte dieser Haushalt im Jahr {1} {2} weniger als jetzt.",
      "Avec {0}, ce foyer paierait {1} {2} de moins par an.",
      "Con {0} questa casa pagherebbe {1} {2} in meno all'anno."),
  STAY(
      "The tariff of now is the cheapest of these.",
      "Der jetzige Tarif ist der günstigste von diesen.",
      "Le tarif actuel est le moins cher de ceux-ci.",
      "La tariffa attuale è la più conveniente di queste."),
  SHARE(
      "Share of the year that is known",
      "Bekannter Anteil des Jahres",
      "Part connue de l'année",
      "Parte nota dell'anno"),
  PARTIAL(
      "Only {0} % of the year is known. The rest is taken to be like it, seasons included: an estimate.",
      "Nur {0} % des Jahres sind bekannt. Der Rest wird gleich angenommen, auch die Jahreszeiten: eine"
          + " Schätzung.",
      "Seuls {0} % de l'année sont connus. Le reste est supposé identique, saisons comprises : une"
          + " estimation.",
      "È noto solo il {0} % dell'anno. Il resto è supposto uguale, stagioni comprese: una stima."),
  HOURS(
      "Hourly tariffs are reckoned with average prices of each hour, not with those of each day.",
      "Stündliche Tarife sind mit Durchschnittspreisen jeder Stunde gerechnet, nicht mit denen jedes"
          + " Tages.",
      "Les tarifs horaires sont calculés avec les prix moyens de chaque heure, non ceux de chaque jour.",
      "Le tariffe orarie sono calcolate con i prezzi medi di ogni ora, non con quelli di ogni giorno."),
  LESS(
      "This service level looks at the last 30 days, without hourly and own tariffs.",
      "Diese Stufe betrachtet die letzten 30 Tage, ohne stündliche und eigene Tarife.",
      "Ce niveau de service porte sur les 30 derniers jours, sans tarifs horaires ni personnels.",
      "Questo livello considera gli ultimi 30 giorni, senza tariffe orarie e proprie."),
  USED_UP(
      "The comparisons of this licence are used up. What stands here is of {0}.",
      "Die Vergleiche dieser Lizenz sind verbraucht. Was hier steht, ist vom {0}.",
      "Les comparaisons de cette licence sont épuisées. Ce qui est affiché date du {0}.",
      "I confronti di questa licenza sono esauriti. Quanto mostrato è del {0}."),
  EXAMPLES(
      "The tariffs that came with this app are invented examples. Enter real ones below.",
      "Die mitgelieferten Tarife sind erfundene Beispiele. Tragen Sie unten echte ein.",
      "Les tarifs fournis sont des exemples inventés. Saisissez les vrais ci-dessous.",
      "Le tariffe incluse sono esempi inventati. Inserisci quelle vere qui sotto."),
  TARIFF("Tariff", "Tarif", "Tarif", "Tariffa"),
  ENERGY("Energy", "Energie", "Énergie", "Energia"),
  STANDING("Standing charge", "Grundpreis", "Abonnement", "Quota fissa"),
  FEED_IN("Feed-in", "Einspeisung", "Injection", "Immissione"),
  YEAR("A year", "Im Jahr", "Par an", "All'anno"),
  AGAINST("Against now", "Gegen jetzt", "Par rapport à l'actuel", "Rispetto a ora"),
  NOW("As now", "Wie jetzt", "Actuel", "Come ora"),
  BEST("Cheapest, a year", "Günstigster, im Jahr", "Le moins cher, par an", "La più conveniente"),
  PAID("As now, a year", "Wie jetzt, im Jahr", "Actuel, par an", "Come ora, all'anno"),
  WEEKS("Cost per week", "Kosten je Woche", "Coût par semaine", "Costo settimanale"),
  OWN("Tariffs of your own", "Eigene Tarife", "Vos tarifs", "Tariffe proprie"),
  ADD("Add", "Hinzufügen", "Ajouter", "Aggiungi"),
  NAME("Name", "Name", "Nom", "Nome"),
  KIND("Kind", "Art", "Type", "Tipo"),
  FLAT("One price", "Ein Preis", "Prix unique", "Prezzo unico"),
  ZONES("Day and night", "Tag und Nacht", "Jour et nuit", "Giorno e notte"),
  HOURLY("Hourly", "Stündlich", "Horaire", "Orario"),
  PRICE(
      "Price per kWh (by day; on top of the hour's)",
      "Preis je kWh (am Tag; auf den der Stunde)",
      "Prix du kWh (le jour ; en plus de l'heure)",
      "Prezzo per kWh (di giorno; oltre l'ora)"),
  NIGHT("Price by night", "Preis nachts", "Prix de nuit", "Prezzo notturno"),
  FROM("Night from", "Nacht ab", "Nuit dès", "Notte dalle"),
  TO("Night until", "Nacht bis", "Nuit jusqu'à", "Notte fino alle"),
  WEEKENDS(
      "Weekends are night", "Wochenende ist Nacht", "Week-ends en nuit", "Fine settimana notte"),
  STANDING_YEAR(
      "Standing charge a year", "Grundpreis im Jahr", "Abonnement par an", "Quota fissa annua"),
  FEED_IN_PRICE(
      "Feed-in per kWh (empty: as now)",
      "Einspeisung je kWh (leer: wie jetzt)",
      "Injection par kWh (vide : comme actuel)",
      "Immissione per kWh (vuoto: come ora)"),
  REMOVE("Remove", "Entfernen", "Supprimer", "Rimuovi"),
  MINE("Standing charge now", "Grundpreis jetzt", "Abonnement actuel", "Quota fissa attuale"),
  MINE_HELP(
      "Price per kWh and feed-in of now are those of the hub's settings.",
      "Preis je kWh und Einspeisung von jetzt stehen in den Einstellungen des Hubs.",
      "Le prix du kWh et l'injection actuels sont ceux des réglages du hub.",
      "Prezzo per kWh e immissione attuali sono quelli delle impostazioni dell'hub."),
  SAVE("Save", "Speichern", "Enregistrer", "Salva"),
  NOT_BOUGHT(
      "Own tariffs are part of another service level.",
      "Eigene Tarife gehören zu einer anderen Stufe.",
      "Les tarifs personnels font partie d'un autre niveau.",
      "Le tariffe proprie fanno parte di un altro livello."),
  FULL(
      "There is room for {0} tariffs of your own: remove one.",
      "Es ist Platz für {0} eigene Tarife: entfernen Sie einen.",
      "Il y a place pour {0} tarifs : supprimez-en un.",
      "C'è posto per {0} tariffe proprie: rimuovine una."),
  WRONG(
      "Check the entries: a name without comma, prices with at most six decimals, times as 22:00.",
      "Prüfen Sie die Eingaben: Name ohne Komma, Preise mit höchstens sechs Stellen, Zeiten wie 22:00.",
      "Vérifiez la saisie : un nom sans virgule, des prix à six décimales au plus, l'heure comme 22:00.",
      "Controlla i dati: un nome senza virgola, prezzi con al massimo sei decimali, ore come 22:00.");

  private final String en;
  private final String de;
  private final String fr;
  private final String it;

  Say(String en, String de, String fr, String it) {
    this.en = en;
    this.de = de;
    this.fr = fr;
    this.it = it;
  }

  /** In a language, or in English; {@code {0}} … are replaced. */
  String in(Locale locale, Object... values) {
    String text =
        switch (locale.getLanguage()) {
          case "de" -> de;
          case "fr" -> fr;
          case "it" -> it;
          default -> en;
        };
    for (int i = 0; i < values.length; i++) {
      text = text.replace("{" + i + "}", String.valueOf(values[i]));
    }
    return text;
  }

  /** Micro-units with two decimals, halves up, as the language writes them. */
  static String money(long micros, Locale locale) {
    String text = amount(micros).toPlainString();
    return switch (locale.getLanguage()) {
      case "de", "fr", "it" -> text.replace('.', ',');
      default -> text;
    };
  }

  /** The same as a number. */
  static BigDecimal amount(long micros) {
    return BigDecimal.valueOf(micros, 6).setScale(2, RoundingMode.HALF_UP);
  }
}
