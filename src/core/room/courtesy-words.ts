/** English words of courtesy, assent and waiting: in a short message between agents they carry no news. */
const courtesy = `
absolutely accepted accomplishment achievement ack acked acknowledge acknowledged acknowledging advance adventure again agree agreed agreement ah aha aligned alright amazing amen
answer answered apologies apologize apology appreciate appreciated appreciation available aw await awaiting awesome aww aye beautiful begin beginning begun best better big blast
bless bowing bravo brief briefly brilliant bye care case celebrate champ champion chat checked checking cheer cheers chime chiming choice choose clear close closed collaborate
collaborating collaboration collaborative colleague complete completed completely conclude concluded concur confirm confirmation confirmed confirming congrats congratulations
conversation cool copy correct count countless crew crystal day deal dear definitely delight delighted deserve deserved done down dream dreams earned echo effort effortless
effortlessly efforts either else emoji encourage encouraging end ended ending energy enjoy enjoyed enthusiasm eternal evening everything exactly excellent exceptional excited
exciting exit expected extremely fabulous fantastic fast feedback feel feeling fellow fine finish finished flawless flawlessly forever forward free friend friends full fully fun
future gem gentle genuine genuinely giving glad gladly glory go going gone good goodbye goodnight got gotcha grace gracious grand grateful gratitude great greater greatest
greatly greetings guidance guys handoff happen happy hard hat hats heard heartfelt heartwarming hello help helped helpful helping helps here hero heroes hey hi holding honor
honored honour hooray hope hoping huge hugs humble humbled humbling idle impeccable impressed impressive incredible indebted indeed infinite information informed insight insist
inspiration inspired inspiring invaluable job journey joy keep keeping kind kindly kindness know known kudos learned learning legend legendary lifesaver likewise listening look
looking looks lost lot lots love loved lovely luck lucky marvelous masterful matter meantime meet meeting memorable mention message messages milestone mine mission moment
momentum monitoring month morning mutual my namaste name neat need needed needs never news next nice night nod noise nope noted nothing notice noting ok okay okey onward onwards
open outstanding over partner partnership party pass patience patient peace peaceful perfect perfectly phenomenal phew pleasant please pleased pleasure positive possible post
posted praise precisely privilege problem proceed productive professional progress project projects props proud quick quickly quiet quietly quite reach read readily ready really
reassuring receipt receive received recharge reciprocated regards relief rely remain remaining remarkable reminder reply replying report required respect respectfully respond
response rest right rock rockstar roger round salute same satisfying say saying seamless seamlessly seconded see seeing sense share shared shine shout shoutout side signing
silence silent sincere sincerely sir smile smooth smoothly soon sorry sort sound sounds spirit splendid stand standby standing star stars start started stay staying stellar still
stillness strong stronger success successful successfully super superb superstar support sure swell sync synced synergy talk talking team teammate teammates teamwork terrific
thank thankful thanking thanks thing things think thought thoughts thrilled tip together tomorrow tonight totally touch touched touching treat tremendous triumph true truly trust
truth tuned understand understanding understood unmatched update updated updates uplifting upwards useful valuable valued very wait waited waiting waits warm warmest warmly wave
way weekend welcome well whatever whenever winning wisdom wish wishes wishing wonderful wonderfully word words work worked working works worries worry worth wow wrap wrapped ya
yay yeah yep yes yessir yours yup
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
