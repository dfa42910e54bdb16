package email

import "sportello.dev/plugins-sdk/channel"

// schema is the form of a mailbox: its fields, their headings and the settings
// of the providers that town halls mostly use.
func schema() []byte {
	return channel.Schema[Config](
		channel.Group{Name: "identity", IT: "La casella", EN: "The mailbox"},
		channel.Group{Name: "imap", IT: "Posta in arrivo", EN: "Incoming mail"},
		channel.Group{Name: "smtp", IT: "Posta in uscita", EN: "Outgoing mail"},
		channel.Group{Name: "oauth", IT: "Accesso OAuth 2.0", EN: "OAuth 2.0 access"},
		channel.Group{Name: "trust", IT: "Fiducia e risposte", EN: "Trust and answers"},
		channel.Group{Name: "limits", IT: "Limiti e certificati", EN: "Limits and certificates"},
		google, microsoft, aruba,
	)
}

var google = channel.Preset{
	Name: "google",
	IT: "Google Workspace, Gmail|Nell'account Google attivare la verifica in due passaggi e creare una password per le app " +
		"(Gestisci account, Sicurezza): è quella, senza spazi, la password da scrivere qui. IMAP deve essere attivo nelle impostazioni di Gmail.",
	EN: "Google Workspace, Gmail|In the Google account turn on two-step verification and create an app password " +
		"(Manage account, Security): that one, without blanks, is the password to enter here. IMAP must be on in Gmail's settings.",
	Values: map[string]any{
		"/imap/host": "imap.gmail.com", "/imap/port": 993, "/imap/security": securityTLS, "/imap/auth": authPassword,
		"/smtp/host": "smtp.gmail.com", "/smtp/port": 465, "/smtp/security": securityTLS, "/smtp/auth": authPassword,
		"/smtp/max_megabytes": 25, "/plus_address": true, "/authserv_ids": []string{"mx.google.com"},
	},
}

var microsoft = channel.Preset{
	Name: "microsoft",
	IT: "Microsoft 365|Microsoft non accetta più la password: serve un'applicazione registrata in Entra ID con i permessi " +
		"IMAP.AccessAsUser.All, SMTP.Send e offline_access, e il suo token di rinnovo. Per inviare, attivare \"SMTP autenticato\" sulla casella.",
	EN: "Microsoft 365|Microsoft takes no password any more: an application registered in Entra ID with the permissions " +
		"IMAP.AccessAsUser.All, SMTP.Send and offline_access is needed, and its refresh token. To send, turn on \"Authenticated SMTP\" for the mailbox.",
	Values: map[string]any{
		"/imap/host": "outlook.office365.com", "/imap/port": 993, "/imap/security": securityTLS, "/imap/auth": authOAuth,
		"/smtp/host": "smtp.office365.com", "/smtp/port": 587, "/smtp/security": securityStartTLS, "/smtp/auth": authOAuth,
		"/smtp/max_megabytes": 25,
		"/oauth/endpoint":     "https://login.microsoftonline.com/common/oauth2/v2.0/token",
		"/oauth/scope":        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
	},
}

var aruba = channel.Preset{
	Name: "aruba",
	IT:   "Aruba|L'utente è l'indirizzo per intero, la password è quella della casella.",
	EN:   "Aruba|The user name is the whole address, the password is that of the mailbox.",
	Values: map[string]any{
		"/imap/host": "imaps.aruba.it", "/imap/port": 993, "/imap/security": securityTLS, "/imap/auth": authPassword,
		"/smtp/host": "smtps.aruba.it", "/smtp/port": 465, "/smtp/security": securityTLS, "/smtp/auth": authPassword,
	},
}
