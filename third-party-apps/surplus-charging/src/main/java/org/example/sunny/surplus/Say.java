package org.example.sunny.surplus;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** What the app says, in English, German, French and Italian. */
enum Say {
  TITLE("Surplus charging", "Überschussladen", "Charge solaire", "Ricarica solare"),
  OFF("It is switched off.", "Es ist ausgeschaltet.", "C'est désactivé.", "È disattivata."),
  NOT_CONNECTED(
      "No vehicle is connected.",
      "Kein Fahrzeug ist angeschlossen.",
      "Aucun véhicule n'est branché.",
      "Nessun veicolo è collegato."),
  TOO_LITTLE(
      "The sun leaves too little: the vehicle waits.",
      "Die Sonne lässt zu wenig übrig: Das Fahrzeug wartet.",
      "Le soleil laisse trop peu : le véhicule attend.",
      "Il sole lascia troppo poco: il veicolo aspetta."),
  WAITING(
      "The surplus changes; it waits a few minutes before it switches.",
      "Der Überschuss schwankt; vor dem Umschalten wartet es einige Minuten.",
      "Le surplus varie ; attente de quelques minutes avant de commuter.",
      "Il surplus varia; attende qualche minuto prima di commutare."),
  SURPLUS(
      "The vehicle charges with surplus.",
      "Das Fahrzeug lädt mit Überschuss.",
      "Le véhicule charge avec le surplus.",
      "Il veicolo si ricarica con il surplus."),
  LEAST(
      "The vehicle charges with the least current.",
      "Das Fahrzeug lädt mit dem kleinsten Strom.",
      "Le véhicule charge au courant minimal.",
      "Il veicolo si ricarica con la corrente minima."),
  DEPARTURE(
      "The vehicle charges to be ready in time.",
      "Das Fahrzeug lädt, um rechtzeitig fertig zu sein.",
      "Le véhicule charge pour être prêt à temps.",
      "Il veicolo si ricarica per essere pronto in tempo."),
  AMPERES(
      "Now {0} A per phase.", "Jetzt {0} A je Phase.", "{0} A par phase.", "Ora {0} A per fase."),
  NO_CHARGER(
      "There is no charger that can be told a current and was granted.",
      "Es gibt keine freigegebene Wallbox, der sich ein Strom vorgeben lässt.",
      "Aucune borne accordée n'accepte de consigne de courant.",
      "Nessuna wallbox concessa accetta un valore di corrente."),
  NO_PAUSE(
      "This charger cannot be told to pause: without surplus it is left to itself.",
      "Diese Wallbox kann nicht pausieren: Ohne Überschuss bleibt sie sich selbst überlassen.",
      "Cette borne ne peut pas être mise en pause : sans surplus, elle décide seule.",
      "Questa wallbox non può essere messa in pausa: senza surplus decide da sé."),
  NO_DATA(
      "No data for minutes: the charger is left to itself.",
      "Seit Minuten keine Daten: Die Wallbox bleibt sich selbst überlassen.",
      "Aucune donnée depuis des minutes : la borne décide seule.",
      "Da minuti senza dati: la wallbox decide da sé."),
  NO_CONSENT(
      "Say yes to its request for data under Privacy, and it begins.",
      "Stimmen Sie unter Datenschutz der Anfrage zu, dann beginnt es.",
      "Acceptez sa demande de données sous Confidentialité pour commencer.",
      "Accetta la richiesta di dati in Privacy per cominciare."),
  ENDED(
      "The licence has ended: the charger is left to itself.",
      "Die Lizenz ist zu Ende: Die Wallbox bleibt sich selbst überlassen.",
      "La licence est terminée : la borne décide seule.",
      "La licenza è terminata: la wallbox decide da sé."),
  OVERRULED(
      "Somebody else decides now: {0}",
      "Jetzt entscheidet jemand anders: {0}",
      "Quelqu'un d'autre décide : {0}",
      "Ora decide qualcun altro: {0}"),
  REFUSED(
      "The charger was not told: {0}",
      "Die Wallbox nahm es nicht an: {0}",
      "La borne n'a pas accepté : {0}",
      "La wallbox non ha accettato: {0}"),
  SURPLUS_NOW("Surplus now", "Überschuss jetzt", "Surplus actuel", "Surplus ora"),
  CAR_NOW("Vehicle now", "Fahrzeug jetzt", "Véhicule actuel", "Veicolo ora"),
  SUN_TODAY("From the sun today", "Heute von der Sonne", "Du soleil aujourd'hui", "Dal sole oggi"),
  SUN_SHARE(
      "Share of the sun, 31 days",
      "Anteil der Sonne, 31 Tage",
      "Part du soleil, 31 jours",
      "Quota del sole, 31 giorni"),
  SAVED(
      "Saved in 31 days at today's prices",
      "In 31 Tagen gespart, heutige Preise",
      "Économisé en 31 jours aux prix actuels",
      "Risparmiato in 31 giorni ai prezzi di oggi"),
  CHART(
      "Energy into the vehicle per day",
      "Energie ins Fahrzeug je Tag",
      "Énergie vers le véhicule par jour",
      "Energia nel veicolo al giorno"),
  SUN("Sun", "Sonne", "Soleil", "Sole"),
  BATTERY("Battery", "Batterie", "Batterie", "Batteria"),
  GRID("Grid", "Netz", "Réseau", "Rete"),
  PLAN("Plan", "Plan", "Plan", "Piano"),
  MODE("Charge", "Laden", "Charger", "Ricarica"),
  MODE_OFF(
      "Leave the charger alone", "Wallbox in Ruhe lassen", "Ne pas piloter", "Non intervenire"),
  MODE_SURPLUS("With surplus only", "Nur Überschuss", "Surplus seul", "Solo surplus"),
  MODE_MINIMUM(
      "Surplus, at least the least current",
      "Überschuss, mindestens kleinster Strom",
      "Surplus, au moins le courant minimal",
      "Surplus, almeno la corrente minima"),
  IDLE("Without surplus", "Ohne Überschuss", "Sans surplus", "Senza surplus"),
  IDLE_PAUSE("Pause", "Pausieren", "Mettre en pause", "Pausa"),
  IDLE_BACK(
      "Leave the charger to itself",
      "Wallbox sich selbst überlassen",
      "Laisser décider la borne",
      "Lasciar decidere la wallbox"),
  BATTERY_CHOICE(
      "Battery of the home", "Batterie des Hauses", "Batterie du foyer", "Batteria di casa"),
  BATTERY_FIRST("First", "Zuerst", "D'abord", "Prima"),
  BATTERY_LAST("After the vehicle", "Nach dem Fahrzeug", "Après le véhicule", "Dopo il veicolo"),
  PHASES(
      "Phases the vehicle charges on",
      "Phasen, auf denen das Fahrzeug lädt",
      "Phases de charge du véhicule",
      "Fasi di ricarica del veicolo"),
  LEAVES("Ready at", "Bereit um", "Prêt à", "Pronto alle"),
  NEEDED(
      "Energy by then in kWh (0: none)",
      "Energie bis dahin in kWh (0: keine)",
      "Énergie d'ici là en kWh (0 : aucune)",
      "Energia entro allora in kWh (0: nessuna)"),
  CHARGER("Charger", "Wallbox", "Borne", "Wallbox"),
  SAVE("Save", "Speichern", "Enregistrer", "Salva"),
  WRONG(
      "Check the entries: whole kWh, a time as 07:00.",
      "Prüfen Sie die Eingaben: ganze kWh, eine Zeit wie 07:00.",
      "Vérifiez la saisie : kWh entiers, une heure comme 07:00.",
      "Controlla i dati: kWh interi, un'ora come 07:00."),
  MORE(
      "Departure, battery and account are part of another service level.",
      "Abfahrt, Batterie und Abrechnung gehören zu einer anderen Stufe.",
      "Départ, batterie et bilan font partie d'un autre niveau.",
      "Partenza, batteria e bilancio fanno parte di un altro livello.");

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

  /** In a language, or in English; {@code {0}} is replaced; at most 200 characters. */
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

  static Say of(Controller.Reason reason) {
    return switch (reason) {
      case OFF -> OFF;
      case NOT_CONNECTED -> NOT_CONNECTED;
      case TOO_LITTLE -> TOO_LITTLE;
      case WAITING -> WAITING;
      case SURPLUS -> SURPLUS;
      case LEAST -> LEAST;
      case DEPARTURE -> DEPARTURE;
    };
  }

  /** mW as kW with two decimals. */
  static BigDecimal kilowatts(long milliwatts) {
    return BigDecimal.valueOf(milliwatts, 6).setScale(2, RoundingMode.HALF_UP);
  }

  /** Milliwatt-minutes as kWh with two decimals. */
  static BigDecimal kilowattHours(long milliwattMinutes) {
    return BigDecimal.valueOf(milliwattMinutes)
        .divide(BigDecimal.valueOf(Account.PER_KWH), 2, RoundingMode.HALF_UP);
  }
}
