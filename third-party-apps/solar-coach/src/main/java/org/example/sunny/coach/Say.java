package org.example.sunny.coach;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** What the app says, in English, German, French and Italian. */
enum Say {
  TITLE(
      "Sun today and tomorrow",
      "Sonne heute und morgen",
      "Soleil aujourd'hui et demain",
      "Sole oggi e domani"),
  NO_CONSENT(
      "Say yes to its request for data under Privacy, and it begins.",
      "Stimmen Sie unter Datenschutz der Anfrage zu, dann beginnt es.",
      "Acceptez sa demande de données sous Confidentialité pour commencer.",
      "Accetta la richiesta di dati in Privacy per cominciare."),
  FAILED(
      "The data cannot be read: {0}",
      "Die Daten sind nicht lesbar: {0}",
      "Les données ne peuvent pas être lues : {0}",
      "I dati non sono leggibili: {0}"),
  LEARNING(
      "It learns from what your home produces; a first forecast takes a sunny day.",
      "Es lernt aus dem, was Ihr Haus erzeugt; eine erste Prognose braucht einen sonnigen Tag.",
      "Elle apprend de votre production ; une première prévision demande un jour de soleil.",
      "Impara da quanto produce la casa; per una prima previsione serve un giorno di sole."),
  ENDED(
      "The licence has ended: no forecasts and no advice.",
      "Die Lizenz ist zu Ende: keine Prognosen und kein Rat.",
      "La licence est terminée : ni prévisions ni conseils.",
      "La licenza è terminata: niente previsioni né consigli."),
  BY_WEATHER(
      "Reckoned from the weather forecast of {0} UTC and your last {1} days.",
      "Aus der Wettervorhersage von {0} UTC und Ihren letzten {1} Tagen gerechnet.",
      "Calculé d'après la météo de {0} UTC et vos {1} derniers jours.",
      "Calcolato dalle previsioni meteo delle {0} UTC e dai tuoi ultimi {1} giorni."),
  BY_SKY(
      "Without a weather forecast: as the last seven days, by the height of the sun.",
      "Ohne Wettervorhersage: wie die letzten sieben Tage, nach dem Sonnenstand.",
      "Sans météo : comme les sept derniers jours, selon la hauteur du soleil.",
      "Senza previsioni meteo: come gli ultimi sette giorni, secondo l'altezza del sole."),
  BY_DAYS(
      "Without weather and place: the mean of the last seven days.",
      "Ohne Wetter und Ort: der Durchschnitt der letzten sieben Tage.",
      "Sans météo ni lieu : la moyenne des sept derniers jours.",
      "Senza meteo né luogo: la media degli ultimi sette giorni."),
  SILENT(
      "The weather service did not answer: {0}",
      "Der Wetterdienst hat nicht geantwortet: {0}",
      "Le service météo n'a pas répondu : {0}",
      "Il servizio meteo non ha risposto: {0}"),
  SO_FAR(
      "Produced so far today", "Heute bisher erzeugt", "Produit jusqu'ici", "Prodotto finora oggi"),
  TODAY_ALL("Expected today", "Heute erwartet", "Attendu aujourd'hui", "Previsto oggi"),
  TOMORROW_ALL("Expected tomorrow", "Morgen erwartet", "Attendu demain", "Previsto domani"),
  ERROR(
      "Mean error of the forecast, day before",
      "Mittlerer Fehler der Vortagsprognose",
      "Erreur moyenne de la prévision, veille",
      "Errore medio della previsione, giorno prima"),
  JUDGED(
      "Judged on {0} days.",
      "An {0} Tagen gemessen.", "Mesurée sur {0} jours.", "Misurato su {0} giorni."),
  NOT_JUDGED(
      "How wrong the forecast usually is can be said after three days.",
      "Wie falsch die Prognose meist ist, steht nach drei Tagen fest.",
      "L'erreur habituelle de la prévision sera connue après trois jours.",
      "Dopo tre giorni si saprà di quanto la previsione sbaglia."),
  CHART("Production per hour", "Erzeugung je Stunde", "Production par heure", "Produzione oraria"),
  PRODUCED("Produced", "Erzeugt", "Produit", "Prodotto"),
  FORECAST("Forecast", "Prognose", "Prévision", "Previsione"),
  USUAL("Usually used", "Üblicher Verbrauch", "Usage habituel", "Uso abituale"),
  USE("Own use", "Eigenverbrauch", "Autoconsommation", "Autoconsumo"),
  DAYS("Last days", "Letzte Tage", "Derniers jours", "Ultimi giorni"),
  TODAY("Today", "Heute", "Aujourd'hui", "Oggi"),
  SEVEN("7 days", "7 Tage", "7 jours", "7 giorni"),
  THIRTY("30 days", "30 Tage", "30 jours", "30 giorni"),
  CONSUMED("Used", "Verbraucht", "Consommé", "Consumato"),
  OWN_SHARE(
      "Own use, 30 days",
      "Eigenverbrauch, 30 Tage",
      "Autoconsommation, 30 jours",
      "Autoconsumo, 30 giorni"),
  AUTARKY("Autarky, 30 days", "Autarkie, 30 Tage", "Autonomie, 30 jours", "Autarchia, 30 giorni"),
  AUTARKY_SHORT("Autarky", "Autarkie", "Autonomie", "Autarchia"),
  SAVED("Saved", "Gespart", "Économisé", "Risparmiato"),
  SAVED_HELP(
      "Saved: what was not bought, and what was paid for export, at today's prices.",
      "Gespart: was nicht gekauft wurde und was die Einspeisung brachte, zu heutigen Preisen.",
      "Économisé : ce qui n'a pas été acheté et le prix de l'injection, aux prix actuels.",
      "Risparmiato: quanto non è stato comprato e quanto ha reso l'immissione, ai prezzi di oggi."),
  BEST("Best hours", "Beste Stunden", "Meilleures heures", "Ore migliori"),
  APPLIANCE("Appliance", "Gerät", "Appareil", "Apparecchio"),
  START("Start", "Start", "Départ", "Avvio"),
  FROM_SUN("From the sun", "Von der Sonne", "Du soleil", "Dal sole"),
  TOMORROW("Tomorrow", "Morgen", "Demain", "Domani"),
  NO_SUN(
      "No sun to spare today or tomorrow.",
      "Heute und morgen bleibt keine Sonne übrig.",
      "Pas de soleil de reste aujourd'hui ni demain.",
      "Niente sole in eccesso oggi né domani."),
  MORE(
      "Advice, savings and the forecast's error are part of another service level.",
      "Rat, Ersparnis und Prognosefehler gehören zu einer anderen Stufe.",
      "Conseils, économies et erreur de prévision font partie d'un autre niveau.",
      "Consigli, risparmi ed errore di previsione fanno parte di un altro livello."),
  ADD("Add an appliance", "Gerät hinzufügen", "Ajouter un appareil", "Aggiungi un apparecchio"),
  NAME("Name", "Name", "Nom", "Nome"),
  ENERGY(
      "Energy of a run in kWh",
      "Energie eines Laufs in kWh",
      "Énergie d'un cycle en kWh",
      "Energia di un ciclo in kWh"),
  HOURS("Hours of a run", "Stunden eines Laufs", "Heures d'un cycle", "Ore di un ciclo"),
  REMOVE("Remove", "Entfernen", "Supprimer", "Rimuovi"),
  WRONG(
      "Check the entries: a name, at most 50 kWh with three decimals, 1 to 12 whole hours.",
      "Prüfen Sie die Eingaben: ein Name, höchstens 50 kWh mit drei Stellen, 1 bis 12 ganze Stunden.",
      "Vérifiez la saisie : un nom, 50 kWh au plus à trois décimales, 1 à 12 heures entières.",
      "Controlla i dati: un nome, al massimo 50 kWh con tre decimali, da 1 a 12 ore intere."),
  FULL(
      "There is room for {0} appliances: remove one.",
      "Es ist Platz für {0} Geräte: entfernen Sie eines.",
      "Il y a place pour {0} appareils : supprimez-en un.",
      "C'è posto per {0} apparecchi: rimuovine uno."),
  DISHWASHER("Dishwasher", "Geschirrspüler", "Lave-vaisselle", "Lavastoviglie"),
  WASHING("Washing machine", "Waschmaschine", "Lave-linge", "Lavatrice"),
  DRYER("Dryer", "Trockner", "Sèche-linge", "Asciugatrice");

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

  /** In a language, or in English; {@code {0}} … are replaced; at most 200 characters. */
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
    return text.substring(0, Math.min(text.length(), 200));
  }

  /** mWh as kWh with two decimals. */
  static BigDecimal kilowattHours(long milliwattHours) {
    return BigDecimal.valueOf(milliwattHours, 6).setScale(2, RoundingMode.HALF_UP);
  }

  /** As the language writes decimals. */
  static String number(BigDecimal value, Locale locale) {
    String text = value.toPlainString();
    return switch (locale.getLanguage()) {
      case "de", "fr", "it" -> text.replace('.', ',');
      default -> text;
    };
  }

  /** Per mille as a number of per cent; {@code -} if there is none. */
  static String share(int perMille, Locale locale) {
    return perMille < 0 ? "-" : number(BigDecimal.valueOf(perMille, 1), locale) + " %";
  }
}
