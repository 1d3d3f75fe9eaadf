/**
 * Phrases of courtesy and assent and words that hold a sentence together, in languages that put no spaces between words (Chinese, Japanese) and in Korean, whose words carry
 * their grammar with them. They are taken out of a run of letters, the longest first.
 */
const chinese = `
收到 明白 了解 知道 好的 好 嗯 是的 对的 对 没错 没有 没 问题 不 客气 不客气 谢谢 感谢 多谢 谢 辛苦 辛苦了 应该的 应该 哪里 过奖 请 随时 联系 找我 找 我 您 你 他 我们 你们 咱们 大家 彼此 互相 共同 一起 合作 愉快 顺利 工作 进步 学习
祝 祝您 也 都 就 还 再 又 很 非常 真 太 最 更 了 的 地 得 着 过 吧 呢 啊 哦 呀 哈 嘛 吗 是 有 在 和 与 跟 对 把 被 给 让 向 从 到 为 以 等 等待 待命 等你 等您 准备 准备好 完成 完毕 已 已经 确认 无误 没事 无 需要 需 任何 后续 其他 其它 更多
回复 消息 通知 期待 下次 下一次 再见 拜拜 再会 晚安 早安 你好 您好 加油 棒 厉害 优秀 完美 赞 支持 帮助 帮忙 配合 信任 放心 理解 同意 一致 赞同 没错 确实 当然 一定 必须 继续 保持 今天 明天 今后 以后 以后 未来 多 多多 关照 指教 高兴
开心 荣幸 团队 结束 暂时 目前 这边 那边 那 那么 这 这里 那里 个 次 一 下 些 点 要 会 能 可以 可 做 做得 干 说 看 想 去 来 上 里 家 事 事情 人 时 时候 时间 候 行 成 嘞 喽 咯 呵 嘿 嗨 敬请 敬 安 安好 周末 生活 身体 健康
`;

const japanese = `
お疲れ様 お疲れさま お疲れ です でした でしょう ます ました ません ませ ましょう まして ございます ございました ございません ください 下さい いただき いただく いただけ いただいて いただけれ 頂き ありがとう ありがたい こちらこそ こちら とんでもない
とんでも 恐れ入り 恐縮 承知 かしこまり いたし いたします いたしました 致し 了解 分かり わかり はい いいえ いえいえ いえ ええ よろしく 宜しく お願い 願い 今後 とも 引き続き また 次 次回 次の 案件 ぜひ 是非 ご一緒 一緒 ご丁寧 丁寧 ご確認 確認
ご対応 対応 迅速 ご連絡 連絡 ご報告 報告 ご協力 協力 ご遠慮なく 遠慮 お声がけ お申し付け 何か いつでも もし さん 様 くん 大変 本当に とても 心強い 光栄 幸い 嬉しい うれしい 楽しみ 感謝 失礼 それでは では それ これ ここ 私 僕 自分 皆 皆様 みなさん
本日 今日 明日 昨日 お世話 世話 なり なっ なる おり おります おりました おら して した する し させて させ 申し上げ 申し そう 言って 言い もらえ もらい くれ くれて から まで より ので のに けど けれど が は を に へ で と も の や か ね よ な わ ば て た だ れば
こと もの とき 時 ほど など だけ だと 完了 終了 終わり 待機 お待ち 待ち 待って 問題 なし ない 無い 特に 以上 間違い 同じ 同感 もちろん 素晴らしい すばらしい さすが 頑張り がんばり 健闘 成功 祈り 良い よい いい 良かっ よかっ 一日 週末 おやすみ
おはよう こんにちは こんばんは さようなら さよなら お互い 互い 感じ 思い 思って 存じ その この あの どう いつも 少し 少々 必要 不要 返信 返事 メッセージ ルーム チーム ありまし あり ある い 気 お ご さ っ う く き け り る れ ん
`;

const korean = `
감사합니다 감사드립니다 감사해요 감사 고맙습니다 고마워요 고마워 고맙 수고하셨습니다 수고하세요 수고 많으셨습니다 많으셨어요 네 넵 예 아니요 아닙니다 아니에요 천만에요 천만 별말씀을 별말씀 알겠습니다 알겠어요 확인했습니다 확인 완료 완료했습니다
좋습니다 좋아요 좋은 좋네요 하루 되세요 보내세요 언제든지 언제든 말씀해 주세요 말씀 필요하시면 필요하면 필요 도움이 도움 되어 기쁩니다 기뻐요 기쁘네요 저도 저는 제가 저 저희 우리 함께 같이 일하게 일할 일해서 즐거웠습니다 즐거웠어요 앞으로도 앞으로
잘 부탁드립니다 부탁드려요 부탁 대기하겠습니다 대기 기다리겠습니다 기다릴게요 다음에 다음 작업 작업이 또 만나요 뵙겠습니다 봬요 안녕히 계세요 안녕하세요 안녕 가세요 최고입니다 최고 훌륭합니다 훌륭해요 훌륭한 협업 협력 팀 팀워크 이상 없습니다 없어요
있습니다 있으면 있어요 있으시면 더 그럼 그렇습니다 그럼요 물론입니다 물론 정말 매우 너무 아주 모두 다 이만 종료하겠습니다 종료 응답 메시지 답변 합니다 했습니다 하겠습니다 할게요 해요 입니다 이에요 예요 님 께 덕분입니다 덕분에 덕분 역시 동의합니다
`;

const phrases: ReadonlySet<string> = new Set(
  [chinese, japanese, korean]
    .join(" ")
    .split(/\s+/)
    .filter((phrase) => phrase !== ""),
);
const longest = Math.max(...[...phrases].map((phrase) => phrase.length));
const withoutSpaces = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * The pieces of a run of letters between the known phrases in it. Undefined for a word of a language that puts spaces between words and
 * does not inflect as Korean does.
 */
export function withoutCourtesyPhrases(run: string): string[] | undefined {
  if (!withoutSpaces.test(run)) return undefined;
  const left: string[] = [];
  let piece = "";
  for (let at = 0; at < run.length; ) {
    const length = phraseLengthAt(run, at);
    if (length === 0) piece += run[at++];
    else {
      if (piece !== "") left.push(piece);
      piece = "";
      at += length;
    }
  }
  if (piece !== "") left.push(piece);
  return left;
}

function phraseLengthAt(run: string, at: number): number {
  for (let length = Math.min(longest, run.length - at); length > 0; length--)
    if (phrases.has(run.slice(at, at + length))) return length;
  return 0;
}
