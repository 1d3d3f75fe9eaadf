/**
 * Words of courtesy, assent and waiting, and words that hold a sentence together, in languages other than English that put spaces between words. A word of one of them that
 * means something in another is rare enough in short messages, so one list serves all.
 */
const german = `
abend aber alle allem allen aller alles als also am an andere anderen anderes antwort auch auf aufgabe auftrag aus außerdem bald bedanke bedanken bedarf bei beide beiden beim bereit bescheid bestens bestätige
bestätigt bestätigung bis bist bitte brauche brauchst braucht da dabei dafür damit danach dank danke dann darauf das dass davon dazu dein deine deinem deinen deiner dem den denn der des dich die dies diese dieser
dieses dir doch dran drüber du durch ebenfalls ebenso eben echt ein eine einem einen einer einfach einig einverstanden ende erhalten erholung erhol erledigt erneut es etwas euch eure euer fall falls feierabend
fein fertig freue freude freut froh für ganz geht gemacht gemeinsam genau genauso gerne gern geschehen gilt glück großartig grüße gruß gut gute guten guter gutes hab habe haben hallo hast hat herzlich herzlichen
hervorragend hier hilfe hoffe ich ihm ihn ihnen ihr ihre immer in ins ist ja jeder jederzeit jetzt kann kannst kein keine keinen keiner klar klasse klingt können könnt lass lassen lieb lieben liebe los mach mache machen
macht man mal mehr mein meine meinem meinen meiner melde melden mich mir mit morgen möchte nach nachricht na natürlich nächste nächsten nein nicht nichts niemand noch nochmal nun nur ob oder offen ohne ordnung paar passt
perfekt prima problem recht richtig rückmeldung rückmelden ruhe sage sagen schätze schätzen sehe sehr sei seid sein seine seite selbst selbstverständlich sich sie sind so sobald sofort sollte sollten sonst soweit
später stehe stimmt sobald super tag team tausend toll tschau tschüss tschüs tue tun um umgekehrt und uns unser unsere unter unterstützung verstanden verfügung vergnügen viel viele vielen vom von vor warte warten was
weg weil weiß weiter weitere weiteren weiterhin wenn werde werden wie wieder wir wird wirklich wissen woche wochenende wohl wünsche wünschen würde zeit zu zum zur zurück zurückgeben zusammen zusammenarbeit zwischen
`;

const french = `
abord accord accusé adieu agréable ah ai aide aider ainsi alors appréciée apprécie après as attends attendant attente attentif au aucun aucune aujourd aussi autant autre autres aux avance avant avec avez avoir avons beau
beaucoup belle besoin bien bientôt bon bonjour bonne bonnes bonsoir bravo c ça car ce cela celle celui certainement ces cet cette chacun chez collaboration collègue comme compris compte confirme confirmé content contente
coup côté d dans de déjà demain dernier des dès désolé deux disponible disposition dis dit donc dont du efficace effectivement elle elles en encore enchanté enfin ensemble entendu entre équipe es est et étais était été être
eu excellent excellente faire fais fait faites faut félicitations fin fini fois formidable génial gentil grand grâce gratitude hésite hésitez heureux heureuse hui ici il ils j jamais je jour journée juste l la là le les leur
lui m ma magnifique main maintenant mais me meilleur même merci merveilleux mes message mieux mille moi moindre moins moment mon n ne ni nickel non nos noté notre nous nouveau nouvelle nouvelles on ont ou où oui par
pareillement parfait parfaite parfaitement parle pas patience pendant peu peut peux plaisir plus pour pourrais prêt prêts prends prochain prochaine problème propos puis qu quand que quel quelle qui quoi quelque
ravi ravie réception reçu regarde remercie remerciements réponse reste restant retour rien route s sa salut sans savoir se sera serai serais ses si signe sincèrement soir soirée sois soit son sont souci souhaite suis suite sur
t ta tant te tel tes toi ton tôt toujours tous tout toute toutes travail travailler très trop tu un une va vais venir vers veux volontiers vos votre vous voilà voici vraiment vu week weekend y
`;

const spanishAndPortuguese = `
a abraço abraços abrazo abrazos acá acordo acuerdo ademais adelante además adiós agora agradeço agradecido agradecida agradezco aguardo ahí ahora ajuda ajudar al algo algum alguna alguno all allí amable ambos amigo ante
antes ao aos apoio apoyo aprecio aqui aquí así as assim até atención atento atenta aún aunque ayuda ayudar bem besos bien boa boas bom bon bueno buen buena buenas buenos cada caso certo chau cierto claro colaboración
colaboração com como comigo completamente con confirmado confirmo conmigo contar contento contenta contigo cordial corazón correcto cosa crack cual cualquier cuando cuándo cuenta cuidado cuídate da dale das dar de deja del
desde después dia día días digo disposição disposición disponible dispuesto do dos dudo duda dúvida e é ela ele ellos em encantado encantada enhorabuena entendido entendi entonces entre equipe equipo era es esa ese eso está
estamos estar estaré estás este esta esto estos estou estoy excelente éxito êxito fã favor felicidades felicitaciones feliz fico fim fin final finde foi fue gente genial gostei gran grande gracias grato grata gusta gusto
ha haber había hablamos hace hacer hago hasta hay he hecho hemos hice hola hombre hora hoy hoje i igual igualmente impecable incrível isso isto já ja jaja jajaja jeje juntos la las le les listo lista lo los luego lugar más mañana
máquina mais mal manera maravilha maravilloso mas me mejor melhor mensaje mensagem mesmo meu mi mil minha mío mis mismo momento mucha muchas mucho muchos muito muy na nada não nas ni ningún ninguna no nos nós nossa nosso
nosotros noted novedad noite nuestra nuestro nuevo nueva nunca o obrigada obrigado oído oi ojalá ok olá os otra otras otro otros outra outro para parabéns parte parece paz pela pelo pendiente pendente perfecto perfeito pero placer
por porque prazer precisar preciso precioso problema pronto próxima próximo puede puedo pues que qué queda quedo quer querido quien quiero quizá recebido recibido regreso resto saber sabes saludo saludos salvo são se seguimos
seguir seguro sei sem semana sempre sentir señor ser será sería si sí sido siempre siento sigo sim sin so sobre sois solo sólo somos son sou soy su sua suerte super sus sorte também tal también tampoco tan tanto tarde te tem
temos tenemos tenga tengo ti tiempo tiene tienes time toda todas todo todos total totalmente tu tú tua tudo um uma un una uno unos ustedes usted va valeu valoro vamos vas vê vea vemos vez ver vida viene vale você vocês volta
vosotros vosotras voy vuestra vuestro y ya yo
`;

const italianAndDutch = `
abbiamo abbraccio accordo ad adesso ai aiuto al alla allora alle altra altri altro anche ancora andato arrivederci aspetto attesa avanti avere avete bel bella bello bene benissimo benvenuto bisogno bravo bravi buon buona
buone buono c caro certo che chi ci ciao collaborazione come complimenti comunque con confermato confermo contento così cosa cui da dai dal dalla degli dei del della dello di disposizione dopo disponibile dove due e è ecco
ed entrambi era essere fa far fare fatto felice figurati fine finito gentile già giornata giorno gli grande grazie ha hai hanno ho i il in insieme io la lavoro le lei lo loro lui ma mai mano me meglio mi mia mio mille molto
momento ne negli nel nella nessun nessuna niente no noi non nostra nostro nulla nuovo o ogni ok ora ottimo ottima pace parte passo per perché però perfetto piacere più poi posso prego presto pronto prossima prossimo può qua
quando quello questa queste questi questo qui quindi resto ricevuto saluti salve sarà scusa se sei sempre senza sera serata si sì sia siamo siete solo sono sta stai stato stesso sto su sua subito suo te team ti tra
tranquillo tu tua tue tuo tutti tutto un una uno va vai vediamo vero vi voi volentieri volta
aan af akkoord al alle alles als alsjeblieft altijd andere avond bedankt begrepen beide ben bent beste betekent bevestigd bevestig bij bijna blij blijf collega daar dag dan dank dankbaar dat de deze dit doe doen doei door dus
een eens eerder eigenlijk elkaar en er erg even fijn fijne ga gaan gaat geen gedaan gefeliciteerd gelijk geluk genoegen genoten geregeld geval goed goede goeie graag groet groeten haar had hallo heb hebben heeft heel
hem hen het hier hij hoe hoor hoi horen hulp ik iets iemand in is ja jammer jij je jou jouw juist kan kijk klaar klinkt komen kom kunnen laat lekker leuk maar maken mag me meer met mij mijn moet mooi morgen na naar natuurlijk
nee niemand niet niets nodig nog nooit nu of om omdat ons onze ook op open over pas precies prettig prima samen samenwerking snel succes straks super te team tegen ter tijd toch toe tot top tussen u uit uw van vanaf veel verder
volgende voor vraag waar wacht wachten wat we weekend weer weg wel welkom welterusten werk wens wie wij wil worden wordt zal ze zeer zeg zeker zelf zie zien zijn zo zoals zodra zonder
`;

const russianAndPolish = `
а без благодарен благодарна благодарим благодарность благодарю более больше будем будет буду будь бы был была было были быть в вам вами вас ваш ваша ваше вашу ведь верно весь взаимно вместе во возможно вообще вот все всё всегда
всего всей всем всех вы выходных вам где да давай давайте дела дело день для дня до доброго добрый договорились дождусь ждём жду если ещё еще есть же за завтра задача задачи замечательно здесь здорово знать и из или им именно
их к как когда команда команде командой коллега которые кто лично лучше любой меня мне мной много могу может можно мой молодец моей моя мы на над надеюсь нам нас наша нашей наше не него нет ни ничего но новых новые новое ну
нужно о об обращайся обращайтесь обязательно один ок окей она они он от отлично ответ очень пока по поблагодарить подтверждаю подтверждено пожалуйста поздравляю полностью получено получил помощь помочь понятно понял поняла
понимаю после потом почти прав прекрасно при привет принято принял приняла приятно приятной приятного про просто прошу работа работать работу работы рад рада рады раз расчёт с сам свой свою своё связи себя сегодня сейчас сделано
скоро следующей следующего слушаю снова со сообщение сообщения согласен согласна спасибо спокойной стороны так также такой там твоя твой твою тебе тебя теперь то тобой тогда того тоже только том тому тот ты у увидимся удачи
уже успехов хорошего хорошо хорош хорошей хочу час что чтобы эта эти это этого этой этом этот я ясно
a aby ale albo bardzo bez będę będzie było by być chętnie ci cieszę co czas czekam czy dalej dalszych dla do dobra dobranoc dobre dobrego dobry dobrze dziękuję dzięki dzień dnia doskonale gdyby gdy gotowe gotowy gratulacje i ich
ja jak jasne jest jestem jeszcze jeśli już każdy kiedy kolejnych która który ktoś ma mam mi miło miłego mnie moje może można mój my na nadal nam nas nasz nawet nic nie nim niż no o oczywiście od odbiór odezwij ok oraz
po pod podobnie pomoc pomóc potwierdzam potwierdzone powodzenia pozdrawiam praca pracy przed przez prosze proszę przy przyjąłem przyjemność razie razem również rozumiem są się sobie spoko spokojnie stronie super świetnie
świetna ta tak także tam te tego tej ten teraz też to tobą tobie ty tylko tym u udanego w was we weekendu więc widzenia współpraca współpracę współpracy wszystkiego wszystko z za zadanie zadań zawsze ze zgadzam zgoda
zrobione zrozumiałem że życzę
`;

const known: ReadonlySet<string> = new Set(
  [german, french, spanishAndPortuguese, italianAndDutch, russianAndPolish]
    .join(" ")
    .split(/\s+/)
    .filter((word) => word !== ""),
);

/** Whether a word, in lower case, carries no news in German, French, Spanish, Portuguese, Italian, Dutch, Russian or Polish. */
export function isCourtesyWordAbroad(word: string): boolean {
  return known.has(word);
}
