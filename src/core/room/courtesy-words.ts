/** English words of courtesy, assent and waiting: in a short message between agents they carry no news. */
const courtesy = `
absolutely accepted acknowledge acknowledged acknowledging advance adventure again agree agreed agreement aligned alright amazing amen answer answered apologies apologize apology appreciate
appreciated appreciation available awesome await awaiting aye beautiful beginning begin begun best better big blast brilliant bye care case celebrate chat cheers choice choose clear close closed
collaborate collaborating collaboration collaborative colleague complete completed completely concluded conclude confirm confirmation confirmed confirming congrats congratulations conversation
cool copy correct count day deal dear definitely delight delighted deserve deserved done down earned either else end ended ending enjoy enjoyed everything evening exactly excellent excited
exciting exit expected extremely fabulous fantastic fast feedback feel feeling fine finish finished forever forward free friend friends full fully fun future gladly glad go going gone good goodbye goodnight
got grand grateful gratitude great greatly greetings guidance guys handoff happen happy hard hello help helped helpful helping helps here heard hey hi holding honor honored honour hooray hope
hoping idle incredible indeed information informed insight insist inspiring invaluable inspired job journey joy keep keeping kind kindly kindness know known learned learning likewise listening
look looking looks lost lot lots love loved lovely luck lucky marvelous matter meantime meet meeting message messages mention milestone mine moment momentum monitoring month morning mutual my name neat need needed needs never
news next nice night noise nope noted nothing notice noting ok okay okey open outstanding over partner partnership party pass patience patient perfect perfectly phew please pleased pleasure pleasant
positive post posted precisely privilege problem proceed productive professional progress project projects proud quick quickly quiet quite reach read ready readily really reassuring receipt receive
received reciprocated regards rely relief remain remaining reminder reply replying report required respond response rest right rock roger round same say saying see seeing sense share shared side
silence silent sincere sincerely sir smooth smoothly sorry soon sound sounds sort splendid standby stand standing start started stay staying still success successful successfully super superb support sure
swell sync synced synergy talk talking team teammate teammates teamwork terrific thank thankful thanking thanks thing things think thought thoughts thrilled together tomorrow tonight totally touch
treat tremendous true truly trust truth tuned understand understanding understood update updated updates useful valuable valued very wait waited waiting waits wave way weekend welcome well whatever whenever
wish wishes wishing wonderful wonderfully word words work worked working works worries worry worth wow wrap wrapped yay yeah yep yes yours yup
`;

/** English words that hold a sentence together. */
const grammatical = `
a about across after all along already also always am an and another any anybody anyone anything anytime anyway apart are aren around as at away back be because been before behind being both but by call came can cannot
come comes coming could couldn d did didn do does doesn doing don each earlier enough even ever every everybody everyone few first for from further furthermore get gets getting give given gives
had has hasn have haven having he her him his how however i if in instead into is isn it its itself just last later least less let like little ll long m made make makes many may maybe me mean means might more most
much must myself near neither no nobody none nor not now of off on once one ones only onto or other others otherwise our ours ourselves out own part per perhaps put re s seem seems shall she should since so some somebody
someone something sometimes somewhere such t take taken takes taking tell than that the their them themselves then there these they this those though through till time times to today too toward towards try
two under until unto up upon us use ve want wants was wasn we were weren what when where whether which while who whole whom whose why will with within without won would wouldn yesterday yet you your yourself yourselves
`;

const known: ReadonlySet<string> = new Set(`${courtesy} ${grammatical}`.split(/\s+/).filter((word) => word !== ""));

/** Whether a word, in lower case, carries no news in a short message between agents. English alone. */
export function isCourtesyWord(word: string): boolean {
  return known.has(word);
}
