/** The widget's own words. What the bot says is the bot's business. */

const en = {
  open: 'Open chat',
  close: 'Close chat',
  write: 'Write a message',
  send: 'Send',
  log: 'Messages',
  you: 'You',
  answers: 'Suggested answers',
  newer: 'New messages',
  unread: 'unread',
  typing: 'is typing',
  connecting: 'Connecting …',
  offline: 'No connection. Trying again …',
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  seen: 'Seen',
  failed: 'Not sent',
  again: 'Try again',
  edited: 'edited',
  deleted: 'Message deleted',
  formSent: 'Form sent',
  submit: 'Submit',
  required: 'required',
  choose: 'Choose …',
  map: 'Open map',
  newTab: 'opens in a new tab',
  unknown: 'This message cannot be shown here.',
  ended: 'The earlier conversation has ended. A new one begins.',
  signIn: 'Please sign in to chat.',
  away: 'The chat is not available on this page.',
};

export type Strings = Readonly<Record<keyof typeof en, string>>;

const es: Strings = {
  open: 'Abrir el chat',
  close: 'Cerrar el chat',
  write: 'Escribe un mensaje',
  send: 'Enviar',
  log: 'Mensajes',
  you: 'Tú',
  answers: 'Respuestas sugeridas',
  newer: 'Mensajes nuevos',
  unread: 'sin leer',
  typing: 'está escribiendo',
  connecting: 'Conectando …',
  offline: 'Sin conexión. Reintentando …',
  sending: 'Enviando',
  sent: 'Enviado',
  delivered: 'Entregado',
  seen: 'Visto',
  failed: 'No enviado',
  again: 'Reintentar',
  edited: 'editado',
  deleted: 'Mensaje eliminado',
  formSent: 'Formulario enviado',
  submit: 'Enviar',
  required: 'obligatorio',
  choose: 'Elige …',
  map: 'Abrir el mapa',
  newTab: 'se abre en una pestaña nueva',
  unknown: 'Este mensaje no se puede mostrar aquí.',
  ended: 'La conversación anterior ha terminado. Empieza una nueva.',
  signIn: 'Inicia sesión para chatear.',
  away: 'El chat no está disponible en esta página.',
};

const de: Strings = {
  open: 'Chat öffnen',
  close: 'Chat schließen',
  write: 'Nachricht schreiben',
  send: 'Senden',
  log: 'Nachrichten',
  you: 'Sie',
  answers: 'Vorgeschlagene Antworten',
  newer: 'Neue Nachrichten',
  unread: 'ungelesen',
  typing: 'schreibt',
  connecting: 'Verbinde …',
  offline: 'Keine Verbindung. Neuer Versuch …',
  sending: 'Wird gesendet',
  sent: 'Gesendet',
  delivered: 'Zugestellt',
  seen: 'Gelesen',
  failed: 'Nicht gesendet',
  again: 'Noch einmal',
  edited: 'bearbeitet',
  deleted: 'Nachricht gelöscht',
  formSent: 'Formular gesendet',
  submit: 'Absenden',
  required: 'Pflichtfeld',
  choose: 'Bitte wählen …',
  map: 'Karte öffnen',
  newTab: 'öffnet einen neuen Tab',
  unknown: 'Diese Nachricht lässt sich hier nicht zeigen.',
  ended: 'Das frühere Gespräch ist beendet. Ein neues beginnt.',
  signIn: 'Bitte melden Sie sich an, um zu chatten.',
  away: 'Der Chat ist auf dieser Seite nicht verfügbar.',
};

const TABLE: Readonly<Record<string, Strings>> = { en, es, de };

/** The first language wanted that is offered; else the first offered; `languages` empty means all we have. */
export function pickLanguage(wanted: readonly string[], languages: readonly string[] = []): string {
  const offered = languages.filter(language => Object.hasOwn(TABLE, language));
  const known = offered.length > 0 ? offered : Object.keys(TABLE);
  const found = wanted.map(language => language.slice(0, 2).toLowerCase()).find(tag => known.includes(tag));
  return found ?? known[0] ?? 'en';
}

export const stringsOf = (language: string): Strings => TABLE[language] ?? en;
